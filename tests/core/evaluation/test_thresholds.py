"""Thresholds: the best one is found, and its value is not flattered."""

import numpy as np
import pytest

from tenure.core.evaluation import binary
from tenure.core.evaluation.binary import Rules
from tenure.core.evaluation.thresholds import Outcomes, threshold_curve
from tenure.core.stats import ranking, resampling

WORTH = Outcomes(tp=9.0, fp=-1.0)


def test_flagging_pays_from_one_tenth_on() -> None:
    draw = np.random.default_rng(1)
    scores = draw.random(50_000)
    labels = (draw.random(50_000) < scores).astype(float)
    found, _ = binary.measured(resampling.drawn(50_000, 1), scores, labels, Rules(outcomes=WORTH))
    assert found.choice is not None
    assert found.choice.threshold == pytest.approx(0.1, abs=0.05)  # 9 p = 1 (1 - p)
    assert (found.choice.value.value or 0.0) > found.choice.in_force > found.choice.nobody == 0.0
    said = scores >= 0.5
    in_force = (9 * (said & (labels == 1)).sum() - (said & (labels == 0)).sum()) / 50_000
    assert found.choice.in_force == pytest.approx(in_force, abs=1e-12)


def test_of_noise_the_best_threshold_is_worth_nothing_beyond_chance() -> None:
    draw = np.random.default_rng(2)
    inside = 0
    for turn in range(12):
        scores, labels = draw.random(400), (draw.random(400) < 0.1).astype(float)
        rules = Rules(outcomes=WORTH)
        found, _ = binary.measured(
            resampling.drawn(400, turn, replicates=200), scores, labels, rules
        )
        assert found.choice is not None
        value = found.choice.value
        inside += (value.low or 0.0) <= 0.0 <= (value.high or 0.0)
    assert inside >= 9  # what a row is worth is 0 on average, whoever is flagged


def test_the_curve_has_the_figures_of_every_threshold() -> None:
    scores, labels = np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, False, True, False])
    curve = threshold_curve(ranking.ranked(scores, labels), WORTH).values
    assert curve["threshold"] == (0.9, 0.8, 0.3, 0.1)
    assert curve["flagged"] == (0.25, 0.5, 0.75, 1.0)
    assert curve["precision"] == pytest.approx((1.0, 0.5, 2 / 3, 0.5))
    assert curve["recall"] == (0.5, 0.5, 1.0, 1.0)
    assert curve["value"] == (9 / 4, 8 / 4, 17 / 4, 16 / 4)
