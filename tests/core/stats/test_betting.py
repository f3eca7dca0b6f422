"""Evidence under looking: its error rates, and that nothing depends on how often one looks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.stats.betting import above, below, interval, share_above, share_below

BAR = math.log(20)  # 5 %
XS = st.lists(st.floats(0, 1), max_size=30)


def ever(random: np.random.Generator, mean: float, bound: float, rows: int = 600) -> bool:
    """Return whether evidence of "more than the bound" is ever there, looking every ten rows."""
    values = random.beta(4 * mean, 4 * (1 - mean), size=rows)
    return any(above(values[:n], bound) >= BAR for n in range(10, rows + 1, 10))


def test_while_the_null_holds_looking_all_the_time_is_wrong_at_most_as_often_as_stated() -> None:
    random = np.random.default_rng(1)
    false = sum(ever(random, 0.4, 0.4) for _ in range(200))
    assert false / 200 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 200)


def test_what_is_so_is_found() -> None:
    random = np.random.default_rng(2)
    assert sum(ever(random, 0.5, 0.4) for _ in range(40)) == 40


@given(XS, st.floats(0.05, 0.95), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    xs: list[float], bound: float, random: object
) -> None:
    other = list(xs)
    random.shuffle(other)  # type: ignore[attr-defined]  # hypothesis' own random
    assert above(np.array(xs), bound) == pytest.approx(above(np.array(other), bound), abs=1e-9)


@given(XS, st.floats(0.05, 0.95))
def test_below_is_above_seen_from_the_other_side(xs: list[float], bound: float) -> None:
    values = np.array(xs, dtype=np.float64)
    assert below(values, bound) == pytest.approx(above(1 - values, 1 - bound), abs=1e-9)


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0.01, 0.99))
def test_counting_hits_is_the_same_as_betting_on_each(hits: int, misses: int, bound: float) -> None:
    values = np.array([1.0] * hits + [0.0] * misses)
    assert share_above(hits, hits + misses, bound) == pytest.approx(above(values, bound), abs=1e-6)
    assert share_below(hits, hits + misses, bound) == pytest.approx(below(values, bound), abs=1e-6)


def test_before_the_first_row_there_is_no_evidence() -> None:
    assert above(np.zeros(0), 0.5) == pytest.approx(0.0)
    assert share_above(0, 0, 0.01) == pytest.approx(0.0)


def test_a_guard_of_half_a_percent_is_proven_by_some_thousand_good_answers() -> None:
    assert share_below(0, 500, 0.005) < BAR < share_below(0, 1500, 0.005)
    assert share_above(5, 100, 0.005) > BAR


def test_bounds_at_the_edge_stay_finite() -> None:
    for bound in (0.0, 1.0, -3.0, 7.0):
        assert math.isfinite(above(np.array([0.0, 1.0]), bound))
        assert math.isfinite(share_below(1, 2, bound))


def test_what_is_not_a_number_is_no_evidence_but_an_error() -> None:
    with pytest.raises(TenureError, match="finite"):
        above(np.array([math.nan]), 0.5)


def missed(random: np.random.Generator, mean: float) -> bool:
    """Return whether the interval is ever wrong, looking every fifty rows."""
    values = random.beta(4 * mean, 4 * (1 - mean), size=300)
    bounds = [interval(values[:n], 0.0, 1.0) for n in range(50, 301, 50)]
    return any(not low <= mean <= high for low, high in bounds)


def test_an_interval_is_ever_wrong_at_most_as_often_as_stated() -> None:
    random = np.random.default_rng(3)
    wrong = sum(missed(random, 0.3) for _ in range(60))
    assert wrong / 60 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 60)


def test_an_interval_holds_the_mean_of_what_was_seen_and_shrinks() -> None:
    random = np.random.default_rng(4)
    values = random.normal(0.2, 0.3, size=4000)
    few, many = interval(values[:100], -3.0, 3.0), interval(values, -3.0, 3.0)
    assert few[0] < many[0] < 0.2 < many[1] < few[1]
    assert many[1] - many[0] < 0.2
    assert interval(values[:0], -3.0, 3.0) == (-3.0, 3.0)
