"""Rows in whatever form people have them."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.sdk import frames

pd = import_module("pandas")  # which has no types of its own
AT = datetime(2024, 1, 1, tzinfo=UTC)
ROWS = [{"wind": 1.5, "origin": "EWR", "at": AT}, {"wind": None, "origin": "JFK", "at": AT}]
COLUMNS = {"wind": [1.5, None], "origin": ["EWR", "JFK"], "at": [AT, AT]}


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        tuple(ROWS),
        COLUMNS,
        pl.DataFrame(COLUMNS),
        pd.DataFrame(COLUMNS),
        pd.DataFrame(COLUMNS, index=["a", "b"]),
        pa.table(COLUMNS),
        pa.table(COLUMNS).to_batches()[0],
        pa.RecordBatchReader.from_batches(pa.table(COLUMNS).schema, pa.table(COLUMNS).to_batches()),
    ],
    ids=lambda rows: type(rows).__name__,
)
def test_every_form_of_the_same_rows_is_the_same_table(rows: Any) -> None:
    table = frames.table_of(rows)
    assert table.column_names == ["wind", "origin", "at"]
    assert table["wind"].to_pylist() == [1.5, None]
    assert table["origin"].to_pylist() == ["EWR", "JFK"]
    assert [at.astimezone(UTC) for at in table["at"].to_pylist() if at is not None] == [AT, AT]


def test_rows_with_different_keys_are_filled_with_nulls() -> None:
    table = frames.table_of([{"a": 1}, {"b": "x"}])
    assert table.to_pydict() == {"a": [1, None], "b": [None, "x"]}


def test_numpy_columns_are_taken() -> None:
    import numpy as np

    assert frames.table_of({"a": np.arange(3)})["a"].to_pylist() == [0, 1, 2]


@pytest.mark.parametrize("rows", [7, "rows.csv", [1, 2], object(), [[1], [2]]])
def test_what_holds_no_rows_is_refused(rows: Any) -> None:
    with pytest.raises(TenureError) as caught:
        frames.table_of(rows)
    assert caught.value.code == "frame.unknown_type"


@pytest.mark.parametrize(
    "rows", [{"a": [1, "x"]}, {"a": [1, 2], "b": [1]}, {"a": "text"}, {"a": 1}]
)
def test_columns_that_do_not_fit_are_refused(rows: Any) -> None:
    with pytest.raises(TenureError) as caught:
        frames.table_of(rows)
    assert caught.value.code == "frame.malformed"


@pytest.mark.parametrize("rows", [{}, [], [{}]])
def test_a_frame_without_columns_is_refused(rows: Any) -> None:
    with pytest.raises(TenureError) as caught:
        frames.table_of(rows)
    assert caught.value.code == "frame.no_columns"


def test_a_large_table_goes_in_parts_that_the_api_takes_and_in_order() -> None:
    import numpy as np

    noise = np.random.default_rng(1).random(5_000_000)
    table = pa.table({"noise": noise})
    parts = list(frames.parts(table))
    assert len(parts) > 1
    assert all(len(part) <= frames.PART_BYTES for part in parts)
    again = pa.concat_tables([pq.read_table(pa.BufferReader(part)) for part in parts])
    assert again["noise"].to_numpy().tolist() == noise.tolist()


@given(st.lists(st.fixed_dictionaries({"a": st.none() | st.integers(-(2**63), 2**63 - 1)})))
def test_values_survive_the_way_to_parquet(rows: list[dict[str, int | None]]) -> None:
    if rows:
        (part,) = frames.parts(frames.table_of(rows))
        assert pq.read_table(pa.BufferReader(part)).to_pylist() == rows
