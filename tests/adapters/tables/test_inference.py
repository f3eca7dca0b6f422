"""What an undeclared column is taken for."""

from datetime import datetime

import polars as pl
import pytest

from tenure.adapters.tables.inference import (
    MOST_LEVELS,
    infer,
    levels_of,
    no_key,
    reads_as,
)
from tenure.core.columns import Column, ColumnType

MANY = [f"{number:05d}x" for number in range(2000)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "3"], "float"),
        (["1", "2.5", None], "float"),
        (["1"] * 5 + ["2"] * 5 + ["x"], "float"),
        (["true", "False", None], "bool"),
        ([True, False], "bool"),
        ([1, 2], "float"),
        ([1.5, None], "float"),
        (["a", "b", "a"], "category"),
        (["1", "b", "c"], "category"),
        (["a", None], "category"),
        (["2013-01-01", "2013-01-02"], "category"),
    ],
)
def test_a_column_is_a_feature_of_a_type(values: list[object], kind: str) -> None:
    found = infer(pl.Series("x", values))
    assert isinstance(found, Column)
    assert (found.name, found.type, found.nulls) == ("x", ColumnType(kind), True)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([None, None], "always missing"),
        ([5, 5], "always 5"),
        (["a", "a"], "always a"),
        (MANY, "2,000 different texts in 2,000 rows; no category has so many"),
        (MANY * 10, "2,000 different texts in 20,000 rows; no category has so many"),
        ([f"2013-01-01T{h:02d}:{m:02d}" for h in range(24) for m in range(60)], "an instant; "),
        ([datetime(2013, 1, 1), datetime(2013, 1, 2)], "an instant; "),  # noqa: DTZ001  # as data is
        ([[1], [2]], "values of type List(Int64) are not read"),
    ],
)
def test_a_column_is_left_out_for_a_reason(values: list[object], why: str) -> None:
    found = infer(pl.Series("x", values))
    assert isinstance(found, str)
    assert found.startswith(why)


@pytest.mark.parametrize("name", ["", "__time"])
def test_names_of_the_house_are_no_features(name: str) -> None:
    assert infer(pl.Series(name, [1, 2])) == "its name is not one for a feature"


def test_levels_are_sorted() -> None:
    found = infer(pl.Series("x", ["b", "a", "b", None]))
    assert isinstance(found, Column)
    assert found.levels == ("a", "b")
    assert levels_of(pl.Series(["b", None, "a"])) == ("a", "b")


def test_many_rows_may_share_many_levels() -> None:
    levels = [f"level {number}" for number in range(MOST_LEVELS)]
    assert isinstance(infer(pl.Series("x", levels * 3)), Column)


def test_a_few_mistakes_do_not_change_a_type() -> None:
    assert reads_as(pl.Series(["1"] * 9 + ["x"]), ColumnType.FLOAT)
    assert not reads_as(pl.Series(["1"] * 8 + ["x"]), ColumnType.FLOAT)
    assert not reads_as(pl.Series([], dtype=pl.String), ColumnType.FLOAT)


def test_a_key_may_repeat_by_mistake_but_not_as_a_rule() -> None:
    table = pl.DataFrame({"id": [1, 2, 3, 3], "shop": [1, 1, 1, 1], "day": [1, 2, 3, 4]})
    assert no_key(table, ["id"]) == no_key(table, ["shop", "day"]) == no_key(table, []) == ""
    assert no_key(table, ["shop"]) == "3 of 4 rows have the key of an earlier row"
