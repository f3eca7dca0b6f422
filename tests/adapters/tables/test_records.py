"""JSON records as columns."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.adapters.tables.records import read_records
from tenure.core.errors import TenureError


def table(*records: object) -> pl.DataFrame:
    return read_records(json.dumps(list(records)).encode(), "label")


def test_a_column_has_the_type_of_its_values() -> None:
    found = table({"a": 1, "b": 0.5, "c": "x", "d": True, "e": [1, 2.5]}, {"b": 2})
    assert found.schema == {
        "a": pl.Int64,
        "b": pl.Float64,
        "c": pl.String,
        "d": pl.Boolean,
        "e": pl.List(pl.Float64),
    }
    assert found.rows() == [(1, 0.5, "x", True, [1.0, 2.5]), (None, 2.0, None, None, None)]


def test_a_mixed_column_becomes_text() -> None:
    assert table({"a": 1}, {"a": True}, {"a": "x"}, {"a": [1]}, {"a": None})["a"].to_list() == [
        "1",
        "true",
        "x",
        "[1]",
        None,
    ]
    assert table({"a": [1, "x"]})["a"].to_list() == ['[1, "x"]']


def test_numbers_beyond_all_bounds_become_infinite() -> None:
    assert table({"a": 2**70})["a"].dtype == pl.String
    assert table({"a": 10**400}, {"a": 0.5})["a"].to_list() == [float("inf"), 0.5]


def test_one_object_is_one_record() -> None:
    assert read_records(b'{"a": 1}', "label").rows() == [(1,)]
    assert read_records(b"[]", "label").height == 0


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", ""),
        (b"[", ""),
        (b"3", ""),
        (b'"x"', ""),
        (b'[{"a": NaN}]', ""),
        (b'[{"a": 1}, 3]', "record 2"),
        (b"\xff", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_anything_else_is_refused(data: bytes, where: str) -> None:
    with pytest.raises(TenureError) as caught:
        read_records(data, "label")
    assert (caught.value.code, caught.value.where) == ("label.malformed", where)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), PLAIN | st.lists(PLAIN, max_size=2))))
def test_no_record_is_lost(records: list[dict[str, object]]) -> None:
    data = json.dumps(records, allow_nan=False) if not _infinite(records) else "[]"
    found = read_records(data.encode(), "label")
    assert found.height in {0, len(records)}


def _infinite(records: list[dict[str, object]]) -> bool:
    return "Infinity" in json.dumps(records)
