"""Importances are means of sizes; effects add up differences and are centred."""

import numpy as np
import pytest

from tenure.core.evaluation.explanation import accumulated, importances
from tenure.core.stats import resampling


def test_importance_is_the_mean_size_and_the_largest_comes_first() -> None:
    draw = np.random.default_rng(1)
    values = draw.normal(size=(400, 1, 3)) * [1.0, 3.0, 0.0]
    found = importances(("a", "b", "c"), values, resampling.drawn(400, 1))
    assert [one.name for one in found] == ["b", "a", "c"]
    assert found[0].importance.value == pytest.approx(np.abs(values[:, 0, 1]).mean())
    assert (
        (found[0].importance.low or 0.0) < 3 * np.sqrt(2 / np.pi) < (found[0].importance.high or 0)
    )
    assert sum(one.share for one in found) == pytest.approx(1.0)


def test_several_outputs_of_a_row_count_together() -> None:
    values = np.array([[[1.0], [-1.0]], [[3.0], [-3.0]]])
    found = importances(("a",), values, resampling.drawn(2, 1))
    assert found[0].importance.value == 4.0


def test_the_effect_of_a_straight_line_is_the_line_through_the_mean() -> None:
    edges = np.array([0.0, 1.0, 2.0, 4.0])
    steps = accumulated(edges, [np.full(10, 2.0), np.full(10, 2.0), np.full(10, 4.0)], 1.96)
    assert [one.at for one in steps] == edges.tolist()
    values = [one.effect.value for one in steps]
    assert np.diff(np.array(values, dtype=float)) == pytest.approx([2.0, 2.0, 4.0])
    middles = (np.array(values[:-1], dtype=float) + np.array(values[1:], dtype=float)) / 2
    assert middles.mean() == pytest.approx(0.0)
    assert all(one.effect.low == one.effect.value for one in steps)
