"""Error budgets: a burst is found within minutes, a single failure is not, and calm ends it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.slo import HOUR, MINUTE, PAIRS, Level, Seen, burn_rate, burning, is_calm, levels
from tenure.core.spec.values import SloPart

UP = Level("availability", "failed", 0.001)
FIVE, HALF = 5 * MINUTE, 30 * MINUTE


def windows(
    five: tuple[int, int], half: tuple[int, int], hour: tuple[int, int], six: tuple[int, int]
) -> dict[timedelta, Seen]:
    seen = zip((FIVE, HALF, HOUR, 6 * HOUR), (five, half, hour, six), strict=True)
    return {length: Seen(*counts) for length, counts in seen}


def test_a_spec_says_which_levels_there_are() -> None:
    assert levels(SloPart()) == ()
    up, quick = levels(SloPart(availability=0.999, p99_ms=25))
    assert up.name == "availability"
    assert up.budget == pytest.approx(0.001)
    assert (quick.what, quick.budget) == ("took longer than 25 ms", 0.01)


def test_a_burst_is_found_by_the_short_pair() -> None:
    found = burning(UP, windows((1000, 50), (6000, 180), (12000, 200), (72000, 200)))
    assert found is not None
    assert found.rate == pytest.approx(200 / 12000 / 0.001)
    assert "200 requests of 12,000 failed within 1 hour" in found.text


def test_what_smoulders_is_found_by_the_long_pair() -> None:
    found = burning(UP, windows((1000, 7), (6000, 42), (12000, 84), (72000, 500)))
    assert found is not None
    assert "within 6 hours" in found.text


def test_what_is_over_already_is_not_alarmed() -> None:
    assert burning(UP, windows((1000, 0), (6000, 0), (12000, 400), (72000, 400))) is None


def test_a_single_failure_of_a_quiet_model_is_no_finding() -> None:
    assert burning(UP, windows((3, 1), (3, 1), (10, 1), (60, 1))) is None


def test_calm_and_silence_end_it() -> None:
    assert is_calm(UP, windows((0, 0), (0, 0), (0, 0), (0, 0)))
    assert is_calm(UP, windows((9, 0), (9, 0), (9, 0), (9000, 8)))
    assert not is_calm(UP, windows((9, 0), (9, 0), (9, 0), (9000, 9)))


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(1e-5, 0.5))
def test_at_the_allowed_share_the_burn_rate_is_one(requests: int, bad: int, budget: float) -> None:
    rate = burn_rate(Seen(requests, min(bad, requests)), budget)
    assert rate >= 0
    if requests:
        assert rate == pytest.approx(min(bad, requests) / requests / budget)
    assert all(most > 1 for _, _, most in PAIRS)
