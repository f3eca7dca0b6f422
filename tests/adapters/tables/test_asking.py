"""Rows of a batch as questions: what cannot be asked is put aside with its reason, the rest is kept."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tenure.adapters.tables.asking import to_answer
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
SIGNATURE = Signature(
    Task.BINARY,
    (Column("wind", ColumnType.FLOAT, nulls=False), Column("dest", ColumnType.CATEGORY, True)),
    "late",
    ("0", "1"),
)


def test_rows_are_asked_with_names_keys_and_times_as_they_came() -> None:
    table = pl.DataFrame(
        {
            "flight": ["f1", "f2"],
            "at": ["2024-03-01T10:00:00Z", None],
            "wind": [1.0, 2.0],
            "dest": ["ATL", None],
            "request_id": ["r1", None],
            "row": [3, None],
        }
    )
    asked = to_answer(table, SIGNATURE, ("flight",), "at", NOW)
    assert (asked.rows, asked.quarantined) == (2, {})
    assert asked.features.to_pydict() == {"wind": [1.0, 2.0], "dest": ["ATL", None]}
    assert asked.table["request_id"].to_list() == ["r1", None]
    assert asked.table["row"].to_list() == [3, None]
    assert asked.table["place"].to_list() == [0, 1]
    assert asked.table["key:flight"].to_list() == ["f1", "f2"]
    assert asked.table["key"].null_count() == 0
    assert asked.table["time"].to_list() == [NOW - timedelta(hours=2), NOW]


def test_without_names_keys_and_times_there_are_none_but_now() -> None:
    asked = to_answer(pl.DataFrame({"wind": [1.0], "dest": ["A"]}), SIGNATURE, (), None, NOW)
    assert asked.table.rows() == [(None, None, 0, None, NOW)]


def test_odd_rows_are_put_aside_and_the_others_keep_their_places() -> None:
    table = pl.DataFrame(
        {
            "at": ["2024-03-01", "tomorrow", "2024-03-01", "2024-03-02", "2024-03-01"],
            "wind": ["1", "1", "inf", "1", "5"],
            "dest": ["A"] * 5,
        }
    )
    asked = to_answer(table, SIGNATURE, (), "at", NOW)
    assert asked.table["place"].to_list() == [0, 4]
    assert asked.features.column("wind").to_pylist() == [1.0, 5.0]
    assert {why: rows for why, (rows, _) in asked.quarantined.items()}.keys() >= {
        "row.bad_time",
        "row.future_time",
    }
    assert sum(rows for rows, _ in asked.quarantined.values()) == 3


def test_a_column_that_the_model_needs_is_named() -> None:
    with pytest.raises(TenureError, match="dest") as caught:
        to_answer(pl.DataFrame({"wind": [1.0]}), SIGNATURE, (), None, NOW)
    assert caught.value.code == "batch.missing_column"
