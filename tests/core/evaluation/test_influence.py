"""What a change does to the loss, paired row by row."""

import numpy as np
import pytest

from tenure.core.evaluation.influence import SHUFFLED, Importance, ordered, rise
from tenure.core.stats import resampling
from tenure.core.stats.resampling import Interval


def test_a_rise_is_the_mean_of_the_rows_differences() -> None:
    draw = np.random.default_rng(1)
    before = draw.normal(0, 10, 400)
    after = before + 0.5 + draw.normal(0, 0.1, 400)
    found = rise(resampling.drawn(400, 1), before, after)
    assert found.value == pytest.approx(float((after - before).mean()))
    assert (found.low or 0.0) > 0.48
    assert (found.high or 9.0) < 0.52


def test_the_most_important_comes_first() -> None:
    inputs = [Importance(name, {SHUFFLED: Interval(by)}) for name, by in (("a", 0.1), ("b", 0.7))]
    assert [one.column for one in ordered(inputs)] == ["b", "a"]
