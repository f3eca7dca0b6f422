"""Columns as numbers: what is of the type, what is not, and what is NaN."""

import polars as pl
import pytest

from tenure.adapters.tables.numbers import as_numbers
from tenure.core.columns import ColumnType

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("values", "kind", "read", "misfit", "odd"),
    [
        (["1", " 2.5 ", "x", None, "nan"], "float", [1, 2.5, None, None, NAN], [2], [4]),
        ([1, None, 3], "float", [1, None, 3], [], []),
        ([1.0, 1.5, INF], "int", [1, 1.5, INF], [1], [2]),
        (["1", "1.0", "1.5"], "int", [1, 1, 1.5], [2], []),
        (["True", "false", "1", "0", "yes"], "bool", [1, 0, 1, 0, None], [4], []),
        ([True, None], "bool", [1, None], [], []),
        ([0, 1, 2], "bool", [0, 1, 2], [2], []),
        ([True, False], "float", [1, 0], [], []),
        (["2013-01-01", "x"], "time", [1356998400, None], [1], []),
        ([[1], None], "float", [None, None], [0], []),
    ],
)
def test_a_column_as_numbers(
    values: list[object], kind: str, read: list[float], misfit: list[int], odd: list[int]
) -> None:
    found = as_numbers(pl.Series(values), ColumnType(kind))
    assert found.values.equals(pl.Series(read, dtype=pl.Float64), null_equal=True)
    assert found.misfit.arg_true().to_list() == misfit
    assert found.odd.arg_true().to_list() == odd


def test_categories_are_read_as_texts() -> None:
    found = as_numbers(pl.Series(["1.5"], dtype=pl.Categorical), ColumnType.FLOAT)
    assert found.values.to_list() == [1.5]


def test_a_column_without_values_is_missing() -> None:
    found = as_numbers(pl.Series([None, None]), ColumnType.FLOAT)
    assert found.values.null_count() == 2
    assert not found.misfit.any()
