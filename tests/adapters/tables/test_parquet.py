"""Parquet: equal tables give equal bytes, and every reader reads them."""

import io

import polars as pl
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.adapters.tables.parquet import to_parquet

ROWS = st.lists(
    st.tuples(st.none() | st.text(max_size=4), st.none() | st.floats(allow_nan=False)), min_size=1
)


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_what_is_written_is_read(rows: list[tuple[str | None, float | None]]) -> None:
    table = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.Float64}, orient="row")
    data = to_parquet(table)
    assert to_parquet(table.clone()) == data
    assert pl.read_parquet(io.BytesIO(data)).equals(table)
    assert pq.read_table(io.BytesIO(data)).num_rows == table.height
