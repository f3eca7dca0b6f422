"""What a column is, and what can be read as it."""

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tenure.core.profiles import ColumnKind
from tenure.services.measure import kind_of, kind_of_texts, numbers_in, tally

DAY = dt.date(1970, 1, 2)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (pa.int8(), ColumnKind.NUMBER),
        (pa.float32(), ColumnKind.NUMBER),
        (pa.decimal128(9, 2), ColumnKind.NUMBER),
        (pa.duration("s"), ColumnKind.NUMBER),
        (pa.bool_(), ColumnKind.FLAG),
        (pa.string(), ColumnKind.CATEGORY),
        (pa.string_view(), ColumnKind.CATEGORY),
        (pa.dictionary(pa.int8(), pa.string()), ColumnKind.CATEGORY),
        (pa.null(), ColumnKind.CATEGORY),
        (pa.timestamp("ns", "Europe/Rome"), ColumnKind.TIME),
        (pa.date32(), ColumnKind.TIME),
        (pa.list_(pa.int8()), ColumnKind.OTHER),
        (pa.binary(), ColumnKind.OTHER),
    ],
)
def test_the_type_says_what_a_column_is(kind: Any, wanted: ColumnKind) -> None:
    assert kind_of(kind) is wanted


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["1", "-2.5e3", None], ColumnKind.NUMBER),
        (["true", "False"], ColumnKind.FLAG),
        (["2013-01-02", "2013-01-03"], ColumnKind.TIME),
        (["2013-01-02T03:04:05Z", None], ColumnKind.TIME),
        (["1", "two"], ColumnKind.CATEGORY),
        (["1,5", "2,5"], ColumnKind.CATEGORY),
        ([None, None], ColumnKind.CATEGORY),
    ],
)
def test_texts_say_it_when_all_of_them_agree(texts: list[str | None], wanted: ColumnKind) -> None:
    assert kind_of_texts(pa.array(texts, pa.string())) is wanted


@pytest.mark.parametrize(
    ("array", "kind", "values", "unreadable"),
    [
        (pa.array([1, None, 3]), ColumnKind.NUMBER, [1.0, 3.0], 0),
        (pa.array([True, None, False]), ColumnKind.NUMBER, [1.0, 0.0], 0),
        (pa.array(["1.5", None, "x", "inf"]), ColumnKind.NUMBER, [1.5, np.inf], 1),
        (pa.array(["2"]).dictionary_encode(), ColumnKind.NUMBER, [2.0], 0),
        (pa.array([DAY, None]), ColumnKind.NUMBER, [], 1),
        (pa.array([DAY, None]), ColumnKind.TIME, [86_400.0], 0),
        (pa.array(["1970-01-02", "no"]), ColumnKind.TIME, [86_400.0], 1),
        (pa.array(["no"]), ColumnKind.TIME, [], 1),
        (pa.array([5.0]), ColumnKind.TIME, [], 1),
        (pa.array(["abc", None, ""]), ColumnKind.TEXT, [3.0, 0.0], 0),
        (pa.array([dt.time(0, 0, 1)]), ColumnKind.NUMBER, [1e6], 0),
        (pa.array([[1]]), ColumnKind.NUMBER, [], 1),
    ],
)
def test_numbers_are_read_from_what_can_be_read(
    array: Any, kind: ColumnKind, values: list[float], unreadable: int
) -> None:
    found = numbers_in(array, kind)
    assert found.values.tolist() == values
    assert (found.nulls, found.unreadable) == (array.null_count, unreadable)


@pytest.mark.parametrize(
    ("array", "kind", "counts", "unreadable"),
    [
        (pa.array(["a", "b", "a", None]), ColumnKind.CATEGORY, {"a": 2, "b": 1}, 0),
        (
            pa.array(["a", "b", "a", None]).dictionary_encode(),
            ColumnKind.CATEGORY,
            {"a": 2, "b": 1},
            0,
        ),
        (pa.array([1, 1, None]), ColumnKind.CATEGORY, {"1": 2}, 0),
        (pa.array([True, False, None]), ColumnKind.CATEGORY, {"true": 1, "false": 1}, 0),
        (pa.array([True, None]), ColumnKind.FLAG, {"true": 1, "false": 0}, 0),
        (pa.array([0, 1, 2]), ColumnKind.FLAG, {"true": 1, "false": 1}, 1),
        (pa.array([1.0, 0.0]), ColumnKind.FLAG, {"true": 1, "false": 1}, 0),
        (pa.array(["True", "maybe"]), ColumnKind.FLAG, {"true": 1, "false": 0}, 1),
        (pa.array([[1]]), ColumnKind.CATEGORY, {}, 1),
    ],
)
def test_texts_are_counted(
    array: Any, kind: ColumnKind, counts: dict[str, int], unreadable: int
) -> None:
    found = tally(array, kind)
    pairs = zip(found.texts.to_pylist(), found.counts.tolist(), strict=True)
    assert dict(pairs) == counts
    assert (found.nulls, found.unreadable) == (array.null_count, unreadable)


def test_a_dictionary_may_hold_the_null_itself() -> None:
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1]), pa.array(["a", None]))
    found = tally(array, ColumnKind.CATEGORY)
    assert (found.texts.to_pylist(), found.counts.tolist(), found.nulls) == (["a"], [1], 2)
