"""Changed rows: what matters raises the loss, what does not leaves it alone."""

import numpy as np
import polars as pl
import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import invalid
from tenure.core.evaluation.influence import MISSING, NOISY, SHUFFLED
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.stats.losses import Floats
from tenure.services.robustness import robustness

DRAW = np.random.default_rng(1)
ROWS = pl.DataFrame(
    {"x": DRAW.normal(size=500), "n": DRAW.integers(0, 9, 500), "c": DRAW.choice(["a", "b"], 500)}
)
TRUTH = ROWS["x"].to_numpy() * 2.0
KINDS = {"x": ColumnType.FLOAT, "n": ColumnType.INT, "c": ColumnType.CATEGORY}
SIGNATURE = Signature(Task.REGRESSION, tuple(Column(n, k) for n, k in KINDS.items()), "y")


def doubled(table: pl.DataFrame) -> Floats:
    return table.select(pl.col("x").fill_null(0.0) * 2.0).to_numpy().astype(np.float64)


def test_the_input_that_is_used_comes_first_and_the_others_change_nothing() -> None:
    found = robustness(doubled, ROWS, TRUTH, SIGNATURE, "mae", 1)
    assert [one.column for one in found] == ["x", "n", "c", ""]
    assert (found[0].rises[SHUFFLED].low or 0.0) > 1.0
    assert found[0].rises[MISSING].value == pytest.approx(np.abs(TRUTH).mean())
    assert [one.rises[SHUFFLED].value for one in found[1:3]] == [0.0, 0.0]
    spread = 0.1 * float(np.std(ROWS["x"].to_numpy()))
    assert found[-1].rises[NOISY].value == pytest.approx(2 * spread * np.sqrt(2 / np.pi), rel=0.15)


def test_a_model_that_refuses_a_missing_value_says_so_of_that_input_alone() -> None:
    def strict(table: pl.DataFrame) -> Floats:
        if table["c"].null_count():
            raise invalid("version.wrong_inputs", "c is needed")
        return doubled(table)

    found = {one.column: one for one in robustness(strict, ROWS, TRUTH, SIGNATURE, "mae", 1)}
    assert found["c"].rises[MISSING].reason == "the model refuses it: c is needed"
    assert found["x"].rises[MISSING].value is not None
