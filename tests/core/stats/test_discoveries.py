"""False discoveries are held at the rate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tenure.core.stats.discoveries import adjusted, stands_out


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_the_q_values_are_those_of_scipy(values: list[float]) -> None:
    assert adjusted(values) == pytest.approx(stats.false_discovery_control(values))


def test_without_tests_nothing_is_discovered() -> None:
    assert adjusted([]) == []


def test_of_what_is_found_the_stated_share_is_false() -> None:
    """20 quiet tests and 5 true ones, 2,000 times: the false share stays below the rate."""
    draw = np.random.default_rng(5)
    shares = []
    for _ in range(2_000):
        p = [*draw.random(20), *(draw.random(5) * 1e-4)]
        found = [place for place, q in enumerate(adjusted(p)) if q <= 0.1]
        shares.append(sum(place < 20 for place in found) / max(1, len(found)))
    assert 0.04 < np.mean(shares) < 0.1


LOGS = st.lists(st.floats(-8.0, 8.0), max_size=20)


@given(st.floats(-8.0, 8.0), LOGS)
def test_e_bh_takes_the_k_largest_for_the_largest_k(own: float, others: list[float]) -> None:
    ordered = sorted((own, *others), reverse=True)
    many = len(ordered)
    real = [k for k in range(1, many + 1) if ordered[k - 1] >= math.log(many / k)]
    assert stands_out(own, others) == bool(real and own >= ordered[max(real) - 1])


def test_alone_the_level_is_enough_and_among_many_it_is_not() -> None:
    assert stands_out(0.0, [])
    assert not stands_out(0.0, [-math.inf] * 9)
    assert stands_out(math.log(10), [-math.inf] * 9)
    assert stands_out(0.0, [0.0] * 9)
