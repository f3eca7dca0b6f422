"""Canonical text: one value has one name, whatever brought it."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from tenure.adapters.tables.texts import as_texts, canonical_key


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, -2, None], ["1", "-2", None]),
        ([1.0, 2.5, None], ["1", "2.5", None]),
        ([1e20, float("nan")], ["1e+20", "NaN"]),
        ([True, False, None], ["true", "false", None]),
        (["007", "", None], ["007", "", None]),
        ([date(2013, 1, 1)], ["2013-01-01"]),
        ([datetime(2013, 1, 1, tzinfo=UTC)], ["2013-01-01T00:00:00Z"]),
        (
            [datetime(2013, 1, 1, microsecond=5, tzinfo=UTC)],
            ["2013-01-01T00:00:00.000005Z"],
        ),
        ([b"a"], [None]),
        ([[1]], [None]),
    ],
)
def test_values_have_one_text(values: list[object], expected: list[str | None]) -> None:
    assert as_texts(pl.Series(values)).to_list() == expected


def test_categories_are_their_texts() -> None:
    assert as_texts(pl.Series(["a"], dtype=pl.Categorical)).to_list() == ["a"]
    assert as_texts(pl.Series(["1.50"]).cast(pl.Decimal(10, 2))).to_list() == ["1.5"]


def test_a_key_is_the_texts_of_its_columns() -> None:
    table = pl.DataFrame({"day": ["a", "b", None], "no": [1.0, None, 3.0], "x": [0, 0, 0]})
    assert canonical_key(table, ("day", "no")).to_list() == ["a\x1f1", None, None]
    assert canonical_key(table, ("no",)).to_list() == ["1", None, "3"]
