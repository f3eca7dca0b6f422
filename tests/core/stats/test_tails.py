"""The tails are scipy's."""

import numpy as np
import pytest
from scipy import stats

from tenure.core.stats.tails import chi2_tail, kolmogorov_tail


@pytest.mark.parametrize("degrees", [1, 2, 9, 30, 399, 2000])
def test_the_tail_of_chi_squared_is_that_of_scipy(degrees: int) -> None:
    for statistic in (*np.geomspace(1e-3, 20.0, 30) * degrees, degrees, 1e5):
        wanted = stats.chi2.sf(statistic, degrees)
        assert chi2_tail(float(statistic), degrees) == pytest.approx(wanted, rel=1e-9, abs=1e-14)


def test_the_tail_of_kolmogorov_is_that_of_scipy() -> None:
    for statistic in np.linspace(0.01, 6.0, 400):
        wanted = stats.kstwobign.sf(statistic)
        assert kolmogorov_tail(float(statistic)) == pytest.approx(wanted, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("nothing", [0.0, -1.0, 1e-200])
def test_no_distance_is_never_surprising(nothing: float) -> None:
    assert chi2_tail(nothing, 3) == pytest.approx(1.0)
    assert kolmogorov_tail(nothing) == 1.0
