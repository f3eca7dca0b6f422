"""Tables as Parquet bytes: zstd, and the same bytes for the same table."""

import io
from typing import Any

import polars as pl
import pyarrow.parquet as pq

_GROUP_ROWS = 1 << 17


def to_parquet(table: pl.DataFrame) -> bytes:
    """Return the table as Parquet."""
    arrow: Any = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    out = io.BytesIO()
    pq.write_table(arrow, out, compression="zstd", compression_level=3, row_group_size=_GROUP_ROWS)
    return out.getvalue()
