"""Quantiles of Student's t against scipy."""

import pytest
from scipy import stats

from tenure.core.stats.student import student_quantile


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 13, 30, 99, 200, 201, 1000])
@pytest.mark.parametrize("level", [0.001, 0.025, 0.05, 0.1, 0.5, 0.9, 0.995])
def test_quantiles_are_scipys(degrees: int, level: float) -> None:
    golden = stats.t.ppf(level, degrees)
    assert student_quantile(level, degrees) == pytest.approx(golden, rel=1e-7, abs=1e-9)
