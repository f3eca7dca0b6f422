"""Fairness: disparities are those of the literature, computed by hand here."""

import numpy as np
import pytest

from tenure.core.evaluation import groups
from tenure.core.evaluation.slices import Coded
from tenure.core.stats import resampling

ROWS = 4_000


def test_disparities_of_a_decision_are_their_definitions() -> None:
    draw = np.random.default_rng(1)
    attribute = Coded("sex", ("f", "m"), draw.integers(0, 2, ROWS))
    labels = (draw.random(ROWS) < 0.4).astype(float)
    flagged = (draw.random(ROWS) < np.where(attribute.codes == 0, 0.3, 0.5)).astype(float)
    found = groups.of_decisions(
        resampling.drawn(ROWS, 1), attribute, flagged, labels, np.abs(flagged - labels)
    )
    f, m = (attribute.codes == place for place in (0, 1))
    shares = flagged[f].mean(), flagged[m].mean()
    recalls = flagged[f & (labels == 1)].mean(), flagged[m & (labels == 1)].mean()
    alarms = flagged[f & (labels == 0)].mean(), flagged[m & (labels == 0)].mean()
    said = {name: one.value for name, one in found.disparities.items()}
    assert said["demographic_parity_difference"] == pytest.approx(abs(shares[0] - shares[1]))
    assert said["demographic_parity_ratio"] == pytest.approx(min(shares) / max(shares))
    assert said["equal_opportunity_difference"] == pytest.approx(abs(recalls[0] - recalls[1]))
    assert said["equalized_odds_difference"] == pytest.approx(
        max(abs(recalls[0] - recalls[1]), abs(alarms[0] - alarms[1]))
    )
    parity = found.disparities["demographic_parity_difference"]
    assert (parity.low or 0.0) <= 0.2 <= (parity.high or 0.0)
    assert [one.rows for one in found.groups] == [int(f.sum()), int(m.sum())]


def test_a_small_group_is_shown_and_not_compared() -> None:
    codes = np.array([0] * 500 + [1] * 500 + [2] * 5)
    labels = np.zeros(1005)
    flagged = np.array([1.0] * 250 + [0.0] * 250 + [1.0, 0.0] * 250 + [1.0] * 5)
    attribute = Coded("x", ("a", "b", "c"), codes)
    found = groups.of_decisions(resampling.drawn(1005, 1), attribute, flagged, labels, flagged)
    assert [one.compared for one in found.groups] == [True, True, False]
    assert found.disparities["demographic_parity_difference"].value == 0.0
    assert found.disparities["equal_opportunity_difference"].value is None


def test_one_group_alone_has_no_disparity() -> None:
    attribute = Coded("x", ("a", "b"), np.zeros(100, dtype=np.int64))
    found = groups.of_losses(resampling.drawn(100, 1), attribute, np.ones(100), None)
    assert found.disparities == {}


def test_numbers_are_compared_by_loss_and_by_bias() -> None:
    codes = np.repeat([0, 1], 500)
    error = np.where(codes == 0, 1.0, -1.0)
    attribute = Coded("x", ("a", "b"), codes)
    found = groups.of_losses(resampling.drawn(1000, 1), attribute, np.abs(error), error)
    assert found.disparities["loss_difference"].value == 0.0
    assert found.disparities["bias_difference"].value == 2.0
