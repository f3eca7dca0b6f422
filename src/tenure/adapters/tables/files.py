"""Tables in files that may be larger than memory, read part by part: Parquet and CSV."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tenure.adapters.tables.delimited import read_csv
from tenure.adapters.tables.reading import malformed
from tenure.core import digests
from tenure.core.errors import TenureError, invalid, not_found
from tenure.ports.batches import PART_ROWS, Part, Source

NOUN = "batch"
_BLOCK_BYTES = 8 << 20
_MOST_BLOCK_BYTES = 256 << 20
_FIRST_BYTES = 64 << 10


def source(path: Path, noun: str = NOUN) -> Source:
    """Return the file's rows; raise `<noun>.not_found`, `<noun>.bad_media` or `<noun>.malformed`."""
    kinds: dict[str, Callable[[Path, str], Source]] = {
        ".parquet": ParquetFile,
        ".pq": ParquetFile,
        ".csv": CsvFile,
        ".tsv": CsvFile,
    }
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        hint = "a file ends in .parquet, .csv or .tsv"
        raise invalid(f"{noun}.bad_media", f"{path.name!r} is no table that can be read", hint=hint)
    if not path.is_file():
        raise not_found(f"{noun}.not_found", f"there is no file {path}")
    return kind(path, noun)


class FrameRows:
    """An Arrow table in memory, part by part."""

    name = ""

    def __init__(self, table: Any) -> None:
        self._table = table
        self.rows: int | None = table.num_rows

    def parts(self, skip: int) -> Iterator[Part]:
        for start in range(skip * PART_ROWS, self._table.num_rows, PART_ROWS):
            yield Part(pl.DataFrame(self._table.slice(start, PART_ROWS)), {})


class ParquetFile:
    """A part is a row group, or a stretch of one that is larger than a part."""

    def __init__(self, path: Path, noun: str) -> None:
        self._path = path
        self._noun = noun
        self.name = _name(path)
        try:
            with pq.ParquetFile(path) as file:
                groups = range(file.metadata.num_row_groups)
                self._groups = [file.metadata.row_group(n).num_rows for n in groups]
        except (pa.ArrowException, OSError) as error:
            raise malformed(noun, "Parquet", str(error).splitlines()[0]) from error
        self.rows: int | None = sum(self._groups)

    def parts(self, skip: int) -> Iterator[Part]:
        try:
            with pq.ParquetFile(self._path) as file:
                for group, rows in enumerate(self._groups):
                    stretches = -(-rows // PART_ROWS)
                    if skip >= stretches:
                        skip -= stretches
                        continue
                    batches = file.iter_batches(PART_ROWS, row_groups=[group], use_threads=False)
                    for batch in _whole(batches, skip):
                        yield Part(pl.DataFrame(pa.Table.from_batches([batch])), {})
                    skip = 0
        except (pa.ArrowException, OSError) as error:
            raise malformed(self._noun, "Parquet", str(error).splitlines()[0]) from error


def _whole(batches: Iterator[Any], skip: int) -> Iterator[Any]:
    for number, batch in enumerate(batches):
        if number >= skip:
            yield batch


class CsvFile:
    """A part is a block of whole rows."""

    rows: int | None = None

    def __init__(self, path: Path, noun: str, block_bytes: int = _BLOCK_BYTES) -> None:
        self._path = path
        self._noun = noun
        self._block_bytes = block_bytes
        self._delimiter = "\t" if path.suffix.lower() == ".tsv" else None
        self.name = _name(path)

    @property
    def names(self) -> list[str]:
        with self._path.open("rb") as file:
            header = file.readline()
            block = next(_blocks(file, self._noun, _FIRST_BYTES), b"")
            return read_csv(header + block, self._noun, self._delimiter).table.columns

    def parts(self, skip: int) -> Iterator[Part]:
        with self._path.open("rb") as file:
            header = file.readline()
            for number, block in enumerate(_blocks(file, self._noun, self._block_bytes)):
                if number >= skip:
                    lines = read_csv(header + block, self._noun, self._delimiter)
                    yield Part(lines.table, lines.quarantined)


def _blocks(file: BinaryIO, noun: str, block_bytes: int = _BLOCK_BYTES) -> Iterator[bytes]:
    """Yield the rest of a CSV in blocks that end where a row ends, not inside quotes."""
    rest = b""
    while more := file.read(block_bytes):
        block = rest + more
        end = _end_of_rows(block)
        if end < 0 and len(block) > _MOST_BLOCK_BYTES:
            raise _unending(noun)
        if end >= 0:
            yield block[: end + 1]
        rest = block[end + 1 :]
    if rest.strip():
        yield rest


def _end_of_rows(block: bytes) -> int:
    """Return the place of the last line's end that is not between quotes; -1 for none."""
    end = block.rfind(b"\n")
    quotes = block.count(b'"', 0, end) if end >= 0 else 0
    while end >= 0 and quotes % 2:
        before = block.rfind(b"\n", 0, end)
        quotes -= block.count(b'"', max(before, 0), end)
        end = before
    return end


def _unending(noun: str) -> TenureError:
    return invalid(
        f"{noun}.malformed",
        "this is not CSV: a quote is never closed",
        hint="double quotes in texts",
    )


def _name(path: Path) -> str:
    """Name a file's rows by its place, size and time: another file is another batch."""
    status = path.stat()
    return digests.of_value([str(path.resolve()), status.st_size, str(status.st_mtime_ns)])
