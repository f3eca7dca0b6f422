"""The e-detector: the recursion itself, and its error rates on simulated years."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.stats import sequential
from tenure.core.stats.sequential import BETS, advance, is_alarm, log_evidence

LOSSES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(LOSSES, st.floats(0.05, 0.9))
def test_logarithms_hold_the_shiryaev_roberts_recursion(xs: list[float], m0: float) -> None:
    plain = [0.0] * len(BETS)
    values: tuple[float, ...] = ()
    for x in xs:
        plain = [(1 + b / m0 * (x - m0)) * (1 + r) for b, r in zip(BETS, plain, strict=True)]
        values = advance(values, x, m0)
    assert [math.exp(v) for v in values] == pytest.approx(plain, rel=1e-9)
    assert math.exp(log_evidence(values)) == pytest.approx(sum(plain) / len(plain), rel=1e-9)


@given(LOSSES, st.floats(0.05, 0.9), st.floats(0, 1))
def test_a_worse_day_never_lowers_the_evidence(xs: list[float], m0: float, more: float) -> None:
    lower: tuple[float, ...] = ()
    higher: tuple[float, ...] = ()
    for x in xs:
        lower, higher = advance(lower, x, m0), advance(higher, min(1.0, x + more), m0)
    assert all(h >= low - 1e-12 for h, low in zip(higher, lower, strict=True))


def days_to_alarm(generator: np.random.Generator, mean: float, m0: float, limit: int) -> int:
    spread = 60.0  # a daily mean of about 60 rows
    xs = generator.beta(mean * spread, (1 - mean) * spread, size=limit)
    values: tuple[float, ...] = ()
    for day, x in enumerate(xs, start=1):
        values = advance(values, float(x), m0)
        if is_alarm(values, 1.0):
            return day
    return limit


def test_while_the_null_holds_a_false_alarm_takes_a_year_or_longer_on_average() -> None:
    generator = np.random.default_rng(5)
    lengths = [days_to_alarm(generator, 0.30, 0.30, 2000) for _ in range(150)]
    error = np.std(lengths) / len(lengths) ** 0.5
    assert np.mean(lengths) >= 365 - 2 * error  # the detector is tight at the edge of the null


def test_a_tolerated_baseline_hardly_ever_alarms_within_a_year() -> None:
    generator = np.random.default_rng(6)
    lengths = [days_to_alarm(generator, 0.27, 0.30, 366) for _ in range(40)]
    assert sum(length < 366 for length in lengths) <= 1


def test_real_harm_is_found_within_weeks() -> None:
    generator = np.random.default_rng(7)
    lengths = [days_to_alarm(generator, 0.45, 0.30, 366) for _ in range(40)]
    assert np.quantile(lengths, 0.9) <= 40


def test_a_hundred_quiet_days_do_not_hide_the_change_that_follows() -> None:
    values: tuple[float, ...] = ()
    for _ in range(100):
        values = advance(values, 0.2, 0.3)
    assert not is_alarm(values, 1.0)
    for _ in range(40):
        values = advance(values, 0.5, 0.3)
    assert is_alarm(values, 1.0)


def test_a_perfect_baseline_and_extreme_losses_stay_finite() -> None:
    values: tuple[float, ...] = ()
    for x in (0.0, 1.0, -3.0, 7.0) * 50:
        values = advance(values, x, 0.0)
    assert all(math.isfinite(v) for v in values)


def test_nothing_seen_is_no_evidence() -> None:
    assert log_evidence(()) == -math.inf
    assert not is_alarm((), 1.0)


def test_a_loss_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(TenureError, match="numbers"):
        advance((), math.nan, 0.3)


def test_scaling_clips_to_the_unit_interval() -> None:
    assert sequential.scaled(0.5, 0.25, 0.75) == 0.5
    assert sequential.scaled(9.0, 0.25, 0.75) == 1.0
    assert sequential.scaled(-9.0, 0.25, 0.75) == 0.0
    assert sequential.scaled(1.0, 2.0, 2.0) == 0.0
