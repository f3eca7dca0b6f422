"""Quantiles of Student's t against scipy."""

import pytest
from scipy import stats

from tenure.core.stats.student import student_quantile, student_tail


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 13, 30, 99, 200, 201, 1000])
@pytest.mark.parametrize("level", [0.001, 0.025, 0.05, 0.1, 0.5, 0.9, 0.995])
def test_quantiles_are_scipys(degrees: int, level: float) -> None:
    golden = stats.t.ppf(level, degrees)
    assert student_quantile(level, degrees) == pytest.approx(golden, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 5, 8, 30, 200])
def test_tails_are_those_of_scipy(degrees: int) -> None:
    for t in (-3.0, 0.0, 0.7, 2.5, 12.0):
        assert student_tail(t, degrees) == pytest.approx(stats.t.sf(t, degrees), abs=1e-12)
