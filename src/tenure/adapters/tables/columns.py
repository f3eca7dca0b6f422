"""The port `Columns`: Parquet by pages, CSV by blocks of rows, and frames in memory."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tenure.adapters.tables.files import CsvFile
from tenure.adapters.tables.reading import malformed
from tenure.core.errors import invalid, not_found
from tenure.ports.columns import Columns

NOUN = "drift"
BATCH_ROWS = 131_072
_PAGE_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 20


def columns_of(path: Path) -> Columns:
    """Return the file's columns; raise `drift.not_found`, `drift.bad_media`, `drift.malformed`."""
    kinds: dict[str, Callable[[Path], Columns]] = {
        ".parquet": ParquetColumns,
        ".pq": ParquetColumns,
        ".csv": CsvColumns,
        ".tsv": CsvColumns,
    }
    if not path.is_file():
        what = "a folder, not a file" if path.is_dir() else "not there"
        raise not_found("drift.not_found", f"{path} is {what}", hint="name a file")
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        hint = "a file ends in .parquet, .csv or .tsv"
        raise invalid("drift.bad_media", f"{path.name!r} is no table that can be read", hint=hint)
    return kind(path)


class ParquetColumns:
    """Text comes as dictionaries where the file holds it so; memory is that of a few pages."""

    is_text = False
    apart = True
    left_out = 0

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        try:
            schema = pq.read_schema(path)
            texts = [field.name for field in schema if _is_text(field.type)]
            self._file = pq.ParquetFile(
                path, read_dictionary=texts, pre_buffer=False, buffer_size=_PAGE_BYTES
            )
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, error) from error
        self.names: Sequence[str] = schema.names
        self.rows: int | None = self._file.metadata.num_rows

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        try:
            yield from self._file.iter_batches(BATCH_ROWS, columns=list(names), use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(self._path, error) from error


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _unreadable(path: Path, error: Exception) -> Exception:
    found = malformed(NOUN, "Parquet", (str(error).splitlines() or [""])[0])
    found.where = path.name
    return found


class CsvColumns:
    """A batch is a block of whole rows, of texts. Torn rows are counted and left out."""

    is_text = True
    apart = False

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.rows: int | None = None
        self.left_out = 0
        self._file = CsvFile(path, NOUN, _BLOCK_BYTES)
        self.names: Sequence[str] = self._file.names

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        rows = left_out = 0
        for part in self._file.parts(0):
            rows += part.table.height
            left_out += sum(torn for torn, _ in part.quarantined.values())
            yield from part.table.select(names).to_arrow().to_batches()
        self.rows, self.left_out = rows, left_out


class FrameColumns:
    """An Arrow table in memory, handed on in slices without a copy."""

    is_text = False
    apart = True
    left_out = 0

    def __init__(self, table: Any, name: str) -> None:
        self._table = table
        self.name = name
        self.names: Sequence[str] = table.column_names
        self.rows: int | None = table.num_rows

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        yield from self._table.select(list(names)).to_batches(max_chunksize=BATCH_ROWS)
