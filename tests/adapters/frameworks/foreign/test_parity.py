"""How far a compiled model's answers lie from the original's."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.foreign.parity import TOLERANCE, compare, difference, raw_columns
from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature

COLUMNS = (Column("x", ColumnType.FLOAT),)
BINARY = Signature(Task.BINARY, COLUMNS, "y", ("no", "yes"))
NUMBER = Signature(Task.REGRESSION, COLUMNS, "y", ())
CLASSES = Signature(Task.MULTICLASS, COLUMNS, "y", ("a", "b", "c"))


def column(*values: float) -> Floats:
    return np.array(values, np.float64)[:, None]


def test_the_same_answers_do_not_differ() -> None:
    same = difference(column(0.2, 0.9), column(0.2, 0.9), BINARY)
    assert (same.largest, same.rank, same.flips, same.is_small) == (0.0, 0.0, 0, True)


@pytest.mark.parametrize(
    ("found", "flips"), [(0.5 + 2e-6, 0), (0.5 - 2e-6, 0), (0.5 - 2 * TOLERANCE, 0), (0.49, 0)]
)
def test_an_undecided_row_gets_no_other_label(found: float, flips: int) -> None:
    assert difference(column(found), column(0.5), BINARY).flips == flips


def test_another_label_is_refused_however_near_it_lies() -> None:
    near = difference(column(0.49), column(0.51), BINARY)
    assert (near.flips, near.is_small) == (1, False)
    wanted = np.array([[0.5, 0.3, 0.2]])
    assert difference(wanted[:, [1, 0, 2]], wanted, CLASSES).flips == 1


def test_a_number_may_differ_by_a_share_of_the_spread() -> None:
    wanted = column(*np.linspace(0, 1000, 50))
    assert difference(wanted + 1e-3, wanted, NUMBER).is_small
    assert not difference(wanted + 1.0, wanted, NUMBER).is_small


@pytest.mark.parametrize("found", [column(0.1), column(0.1, np.nan), column(0.1, 0.2, 0.3)])
def test_a_wrong_count_or_no_number_is_as_far_as_can_be(found: Floats) -> None:
    other = difference(found, column(0.1, 0.2), BINARY)
    assert (other.largest, other.flips, other.is_small) == (np.inf, 2, False)


class Doubling:
    """Answers rightly, but for a batch of exactly `odd` rows."""

    def __init__(self, odd: int) -> None:
        self.odd = odd

    def predict_table(self, table: pa.Table) -> Floats:
        return self._answer(table.column("x").to_pylist())

    def predict(self, columns: dict[str, list[Any]], rows: int) -> list[list[float]]:
        found: list[list[float]] = self._answer(columns["x"][:rows]).tolist()
        return found

    def _answer(self, values: Sequence[Any]) -> Floats:
        return column(*(2.0 * one + (len(values) == self.odd) for one in values))


@pytest.mark.parametrize(("odd", "is_small"), [(0, True), (1, False), (2, False), (64, False)])
def test_every_size_of_a_batch_is_asked_for(odd: int, *, is_small: bool) -> None:
    table = pa.table({"x": np.linspace(0.0, 1.0, 130)})
    expected = 2.0 * table.column("x").to_numpy()[:, None]
    assert compare(Doubling(odd), table, expected, NUMBER).is_small is is_small
    assert raw_columns(table)["x"][0] == 0.0
