"""From bytes to a table: CSV, Parquet or JSON. Torn rows of a CSV are counted, the rest is kept."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tenure.adapters.tables.delimited import read_csv
from tenure.adapters.tables.records import read_records
from tenure.core.errors import TenureError, invalid
from tenure.core.media import CSV, JSON, PARQUET
from tenure.ports.tables import Quarantine

TSV = "text/tab-separated-values"
_PARQUETS = frozenset({PARQUET, "application/x-parquet", "application/parquet"})
_ARROW_ONLY = re.compile(r"\. Detail: .*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Raw:
    """A table as it came. `numbers` name its rows in the source, the first one is 1.

    `is_text` says that every column is text, whatever it means: a CSV has no types.
    """

    table: pl.DataFrame
    numbers: NDArray[np.int64]
    quarantined: Quarantine
    is_text: bool


def read(data: bytes, media: str, noun: str) -> Raw:
    """Return the table in the bytes; raise `<noun>.malformed` or `<noun>.bad_media`."""
    kind = media.partition(";")[0].strip().lower()
    if kind in {CSV, TSV}:
        lines = read_csv(data, noun, "\t" if kind == TSV else None)
        return Raw(lines.table, lines.numbers, lines.quarantined, is_text=True)
    if kind in _PARQUETS:
        return _typed(_read_parquet(data, noun))
    if kind == JSON:
        return _typed(read_records(data, noun))
    hint = f"send {CSV}, {PARQUET} or {JSON}"
    raise invalid(f"{noun}.bad_media", f"{media!r} is not a table that can be read", hint=hint)


def _typed(table: pl.DataFrame) -> Raw:
    return Raw(table, np.arange(1, table.height + 1), {}, is_text=False)


def _read_parquet(data: bytes, noun: str) -> pl.DataFrame:
    try:
        arrow: Any = pq.ParquetFile(pa.BufferReader(data)).read()  # `read_table` loads pandas
        table = pl.from_arrow(arrow)
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise malformed(noun, "Parquet", _ARROW_ONLY.sub("", str(error))) from error
    if not isinstance(table, pl.DataFrame):
        raise malformed(noun, "Parquet", "it holds no columns")
    return table


def malformed(noun: str, format_name: str, why: str) -> TenureError:
    """Return the error for bytes that are no table of the format that they claim to be."""
    hint = "write the file again, or name its real format"
    return invalid(f"{noun}.malformed", f"this is not {format_name}: {why}", hint=hint)
