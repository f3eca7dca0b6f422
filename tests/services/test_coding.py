"""Columns become a few values with names, whatever they hold."""

import numpy as np
import polars as pl
import pytest

from tenure.services.coding import MISSING, OTHER, Coder, coder_of


def coded(values: pl.Series) -> tuple[Coder, list[str]]:
    coder = coder_of(values)
    assert coder is not None
    return coder, [coder.names[code] for code in coder.codes(values).tolist()]


def test_numbers_become_ranges_of_about_equal_numbers_of_rows() -> None:
    values = pl.Series("x", [*range(100), None])
    coder, names = coded(values)
    assert coder.names == ("< 20", "20 to 40", "40 to 60", "60 to 80", "≥ 80", OTHER, MISSING)
    assert [names.count(name) for name in coder.names] == [20, 20, 20, 20, 20, 0, 1]


def test_numbers_written_as_text_are_ranges_too() -> None:
    texts = pl.Series("x", [str(n / 2) for n in range(100)])
    assert coded(texts)[0].edges is not None


def test_few_values_are_levels_and_the_rare_of_many_are_others() -> None:
    assert coded(pl.Series("x", [0.0, 1.0, 1.0]))[1] == ["0", "1", "1"]
    assert coded(pl.Series("x", [True, False, None]))[1] == ["true", "false", MISSING]
    many = pl.Series("x", [f"v{n % 20}" for n in range(400)] + ["rare"])
    coder, names = coded(many)
    assert names[-1] == OTHER
    assert len(coder.names) == 22


@pytest.mark.parametrize(
    "values",
    [
        pl.Series("id", [f"r{n}" for n in range(200)]),
        pl.Series("same", ["x"] * 10),
        pl.Series("time", [0, 1]).cast(pl.Datetime("us")),
        pl.Series("list", [[1], [2]]),
    ],
)
def test_what_names_nothing_is_not_coded(values: pl.Series) -> None:
    assert coder_of(values) is None


def test_what_another_part_holds_is_coded_as_the_first_was() -> None:
    coder = coder_of(pl.Series("x", ["a", "b", "b"]))
    assert coder is not None
    later = pl.Series("x", ["b", "c", None])
    assert [coder.names[code] for code in coder.codes(later)] == ["b", OTHER, MISSING]
    numbers = coder_of(pl.Series("x", np.arange(50.0)))
    assert numbers is not None
    assert numbers.names[numbers.codes(pl.Series("x", [-1e9]))[0]] == "< 10"
