"""Tables as immutable bytes, and back."""

from io import BytesIO

import polars as pl


def parquet(table: pl.DataFrame) -> bytes:
    """Return the table as zstd Parquet."""
    out = BytesIO()
    table.write_parquet(out, compression="zstd", compression_level=3)
    return out.getvalue()


def frame(data: bytes) -> pl.DataFrame:
    """Return the table that the bytes hold."""
    return pl.read_parquet(BytesIO(data))
