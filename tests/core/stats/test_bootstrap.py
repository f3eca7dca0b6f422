"""The paired block bootstrap: coverage, few blocks, determinism."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.stats.bootstrap import Interval, paired_interval, upper_bound

ROWS = st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 6)), min_size=1, max_size=60)


def interval(rows: list[tuple[float, int]], seed: int = 1) -> Interval:
    differences, blocks = np.array([d for d, _ in rows]), np.array([b for _, b in rows])
    return paired_interval(differences, blocks, confidence=0.9, seed=seed, draws=300)


@given(ROWS)
def test_the_interval_holds_the_mean_of_a_symmetric_sample(rows: list[tuple[float, int]]) -> None:
    both = rows + [(-d, b) for d, b in rows]
    found = interval(both)
    assert found.low <= 1e-12
    assert found.high >= -1e-12
    assert found.rows == len(both)


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_the_rows_does_not_matter(
    rows: list[tuple[float, int]], shuffler: random.Random
) -> None:
    mixed = list(rows)
    shuffler.shuffle(mixed)
    first, second = interval(rows), interval(mixed)
    assert first.mean == pytest.approx(second.mean, abs=1e-12)
    assert first.high == pytest.approx(second.high, abs=1e-9)


def test_the_same_seed_gives_the_same_bounds_and_another_seed_others() -> None:
    rows = [(math.sin(i), i % 9) for i in range(200)]
    assert interval(rows, 4) == interval(rows, 4)
    assert interval(rows, 4) != interval(rows, 5)


@pytest.mark.parametrize("rows", [[], [(0.5, 3)], [(0.5, 3), (0.7, 3)]])
def test_fewer_than_two_blocks_bound_nothing(rows: list[tuple[float, int]]) -> None:
    differences = np.array([d for d, _ in rows], dtype=np.float64)
    blocks = np.array([b for _, b in rows], dtype=np.int64)
    found = paired_interval(differences, blocks, seed=1)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert upper_bound(differences, blocks, seed=1).high == math.inf


def test_a_constant_difference_has_an_interval_of_no_width() -> None:
    found = interval([(0.25, day) for day in range(10)])
    assert (found.low, found.mean, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_bad_numbers_and_shapes_are_refused() -> None:
    days = np.arange(3)
    with pytest.raises(TenureError, match="finite"):
        paired_interval(np.array([0.0, math.nan, 1.0]), days, seed=1)
    with pytest.raises(TenureError, match="belong together"):
        paired_interval(np.zeros(2), days, seed=1)
    with pytest.raises(TenureError, match="between 0 and 1"):
        paired_interval(np.zeros(3), days, confidence=1.0, seed=1)


@pytest.mark.parametrize(("days", "least"), [(8, 0.90), (14, 0.92), (60, 0.93)])
def test_stated_95_percent_covers_about_95_percent_of_correlated_days(
    days: int, least: float
) -> None:
    generator = np.random.default_rng(11)
    repeats, covered, below = 500, 0, 0
    for _ in range(repeats):
        sizes = generator.integers(20, 60, size=days)
        blocks = np.repeat(np.arange(days), sizes)
        shared = generator.normal(0.0, 1.0, size=days)[blocks]
        differences = 0.3 + shared + generator.normal(0.0, 2.0, size=len(blocks))
        found = paired_interval(differences, blocks, seed=7, draws=400)
        covered += found.low <= 0.3 <= found.high
        below += upper_bound(differences, blocks, seed=7, draws=400).high < 0.3
    assert least <= covered / repeats <= 0.985
    assert below / repeats <= 0.08


def test_many_blocks_are_drawn_in_slabs_within_seconds() -> None:
    blocks = np.repeat(np.arange(20_000), 2)
    differences = np.random.default_rng(1).normal(0.1, 1.0, size=40_000)
    found = paired_interval(differences, blocks, seed=1, draws=400)
    assert found.low < found.mean < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 / math.sqrt(40_000), rel=0.25)
