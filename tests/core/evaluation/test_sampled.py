"""Differences are paired: what both answers share does not widen them."""

import numpy as np

from tenure.core.evaluation import regression, sampled
from tenure.core.evaluation.sampled import without_interval
from tenure.core.stats import resampling


def test_a_small_steady_gain_is_found_in_large_common_noise() -> None:
    draw = np.random.default_rng(1)
    labels = np.zeros(500)
    first = draw.normal(0, 10, 500)
    draws = resampling.drawn(500, 1)
    _, one = regression.measured(draws, first, labels, "mae")
    _, other = regression.measured(draws, first * 0.99, labels, "mae")
    found = {d.name: d for d in sampled.differences(one, other, draws)}
    assert found["mae"].verdict == "better"
    assert found["bias"].verdict == "no difference shown"
    assert found["max_error"].interval.low is None
    mae = one["mae"].interval(draws)
    assert found["mae"].interval.high is not None
    assert mae.low is not None
    assert mae.high is not None
    assert found["mae"].interval.high - (found["mae"].interval.low or 0.0) < 0.1 * (
        mae.high - mae.low
    )


def test_what_is_not_defined_for_both_has_no_difference() -> None:
    draws = resampling.drawn(50, 1)
    nothing = without_interval(float("nan"), "no rows")
    found = sampled.difference("auc", nothing, without_interval(0.5, ""), draws)
    assert (found.first, found.interval.value) == (None, None)
    assert found.verdict == "no difference shown"
