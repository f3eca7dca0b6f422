"""Figures: directions, and verdicts of differences."""

import pytest

from tenure.core.evaluation.figures import BETTER, Difference, Figure, Measured
from tenure.core.metrics import METRICS, higher_is_better
from tenure.core.stats.resampling import Interval


def test_both_tables_of_metrics_agree_on_what_is_better() -> None:
    for name in METRICS:
        assert (BETTER[name] == "higher") == higher_is_better(name), name


@pytest.mark.parametrize(
    ("name", "low", "high", "verdict"),
    [
        ("auc", 0.1, 0.2, "better"),
        ("auc", -0.2, -0.1, "worse"),
        ("log_loss", 0.1, 0.2, "worse"),
        ("log_loss", -0.2, -0.1, "better"),
        ("log_loss", -0.1, 0.1, "no difference shown"),
        ("bias", 0.1, 0.2, "no difference shown"),
    ],
)
def test_a_difference_is_told_by_its_whole_interval(
    name: str, low: float, high: float, verdict: str
) -> None:
    found = Difference(name, 0.0, 0.0, Interval((low + high) / 2, low, high))
    assert found.verdict == verdict


def test_a_figure_is_found_by_name() -> None:
    figure = Figure("auc", Interval(0.8))
    assert Measured((figure,)).figure("auc") is figure
    assert Measured((figure,)).figure("mae") is None
    assert Figure("unheard_of", Interval(None)).better == "lower"
