"""Sampled contributions come to the Shapley values; effects follow what the model does."""

from itertools import permutations
from math import factorial

import numpy as np
import polars as pl
import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.stats.losses import Floats
from tenure.ports.training import Answered
from tenure.services.explanation import contributions, explanation

DRAW = np.random.default_rng(1)
NAMES = ("a", "b", "c")
ROWS = pl.DataFrame({name: DRAW.normal(size=60) for name in NAMES})
SIGNATURE = Signature(Task.REGRESSION, tuple(Column(name, ColumnType.FLOAT) for name in NAMES), "y")


def crossed(table: pl.DataFrame) -> Floats:
    a, b, c = (table[name].to_numpy() for name in NAMES)
    found: Floats = (2.0 * a + b * c)[:, None]
    return found


def by_hand(row: int, background: pl.DataFrame) -> list[float]:
    """Return the Shapley values of a row by going through every order of the inputs."""
    found = dict.fromkeys(NAMES, 0.0)
    for order in permutations(NAMES):
        changed = background
        before = crossed(changed).mean()
        for name in order:
            changed = changed.with_columns(pl.lit(ROWS[name][row]).alias(name))
            after = crossed(changed).mean()
            found[name] += (after - before) / factorial(len(NAMES))
            before = after
    return list(found.values())


def test_sampled_contributions_come_to_the_shapley_values() -> None:
    rows = ROWS.head(3)
    found, errors = contributions(crossed, rows, ROWS, NAMES, 1, permutations=4_000)
    for row in range(3):
        assert found[row, 0] == pytest.approx(by_hand(row, ROWS), abs=5 * errors.max() + 0.02)
    assert (errors < 0.05).all()


def test_what_no_answer_depends_on_contributes_nothing() -> None:
    found, _ = contributions(lambda t: t.select("a").to_numpy(), ROWS, ROWS, NAMES, 1)
    assert np.abs(found[:, 0, 1:]).max() == 0.0


def test_effects_follow_the_model() -> None:
    told = explanation(crossed, lambda _: Answered("", []), ROWS, SIGNATURE, 1)
    assert (told.method, told.scale) == ("sampled", "answer")
    first = told.inputs[0]
    assert first.name == "a"
    rise = (first.effect[-1].effect.value or 0.0) - (first.effect[0].effect.value or 0.0)
    assert rise == pytest.approx(2.0 * (first.effect[-1].at - first.effect[0].at))


def test_levels_are_told_by_name() -> None:
    rows = pl.DataFrame({"c": ["x", "y"] * 30})
    signature = Signature(Task.REGRESSION, (Column("c", ColumnType.CATEGORY),), "t")

    def ask(table: pl.DataFrame) -> Floats:
        return np.asarray((table["c"] == "y").to_numpy(), dtype=float)[:, None]

    told = explanation(ask, lambda _: Answered("", []), rows, signature, 1)
    assert {step.name: step.effect.value for step in told.inputs[0].effect} == {
        "x": -0.5,
        "y": 0.5,
    }


def test_exact_contributions_are_taken_as_they_are() -> None:
    values = [[[row, 0.0, 1.0, 7.0]] for row in ROWS["a"]]
    answered = Answered("trees", [], NAMES, values)
    told = explanation(crossed, lambda _: answered, ROWS, SIGNATURE, 1)
    assert told.is_exact
    sizes = {one.name: one.importance.value for one in told.inputs}
    assert sizes["a"] == pytest.approx(float(np.abs(ROWS["a"].to_numpy()).mean()))
    assert sizes["c"] == 1.0
