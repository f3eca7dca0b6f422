"""Distances from counts are those of the rows themselves, by scipy and numpy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from tenure.core.profiles import Numbers, numbers
from tenure.core.stats import distances
from tenure.core.stats.histograms import BINS, Floats, by_decile, grid_of

DRAW = np.random.default_rng(11)
PAIRS: dict[str, Any] = {
    "normal": (DRAW.normal(size=5_000), DRAW.normal(0.1, 1.2, size=20_000)),
    "lognormal": (DRAW.lognormal(0, 2, size=5_000), DRAW.lognormal(0.2, 2.1, size=20_000)),
    "rounded": (DRAW.normal(size=5_000).round(1), DRAW.normal(0.1, 1, size=20_000).round(1)),
    "counts": (DRAW.poisson(3, 5_000) * 1.0, DRAW.poisson(3.3, 20_000) * 1.0),
    "apart": (DRAW.random(500), DRAW.random(500) + 2),
    "few": (DRAW.normal(size=12), DRAW.normal(1, size=7)),
    "constant": (np.ones(400), np.r_[np.ones(300), np.zeros(100)]),
    "offset": (DRAW.normal(1e6, 1, size=5_000), DRAW.normal(1e6 + 0.1, 1, size=5_000)),
    "extreme": (DRAW.normal(size=5_000), np.r_[DRAW.normal(size=5_000), 1e5]),
}
NUMBERS = st.one_of(st.floats(-1e3, 1e3), st.integers(-2, 2).map(float))
ROWS = st.lists(NUMBERS, min_size=1, max_size=40).map(np.asarray)


def profiles(pair: tuple[Floats, Floats]) -> tuple[Numbers, Numbers]:
    grid = grid_of(np.sort(pair[0]))
    return numbers(grid, pair[0]), numbers(grid, pair[1])


@settings(max_examples=40)
@given(ROWS, ROWS)
def test_the_exact_distance_lies_in_the_interval(reference: Floats, rows: Floats) -> None:
    c, d = profiles((reference, rows))
    low, high = distances.ks(c.grid, c.counts, d.counts)
    every = np.concatenate([reference, rows])
    below = [np.searchsorted(np.sort(s), every, side="right") / len(s) for s in (reference, rows)]
    exact = np.abs(below[0] - below[1]).max()
    assert low - 1e-12 <= exact <= high + 1e-12


@pytest.mark.parametrize("name", PAIRS)
def test_the_interval_is_as_narrow_as_a_bin(name: str) -> None:
    c, d = profiles(PAIRS[name])
    low, high = distances.ks(c.grid, c.counts, d.counts)
    assert high - low <= 1 / BINS + 1 / len(PAIRS[name][0])


@pytest.mark.parametrize("name", PAIRS)
def test_wasserstein_is_within_a_hundredth(name: str) -> None:
    c, d = profiles(PAIRS[name])
    found, chance = distances.wasserstein(c.grid, c.side, d.side)
    exact = stats.wasserstein_distance(*PAIRS[name])
    few = len(PAIRS[name][0]) < 100  # then the functions cross inside many of the bins
    assert found == pytest.approx(exact, rel=0.1 if few else 0.01)
    assert found <= exact * (1 + 1e-9)
    assert chance > 0.0


@settings(max_examples=40)
@given(ROWS, ROWS)
def test_wasserstein_is_never_more_than_it_is(reference: Floats, rows: Floats) -> None:
    c, d = profiles((reference, rows))
    found, _ = distances.wasserstein(c.grid, c.side, d.side)
    assert found <= stats.wasserstein_distance(reference, rows) + 1e-6


@pytest.mark.parametrize("name", PAIRS)
def test_psi_and_jensen_shannon_are_exact_on_deciles(name: str) -> None:
    reference, rows = PAIRS[name]
    c, d = profiles(PAIRS[name])
    levels = np.unique(np.quantile(reference, np.arange(1, 10) / 10, method="lower"))
    ends = np.concatenate([[-np.inf], levels, [np.inf]])
    places = [np.searchsorted(ends, side, side="right") - 1 for side in (reference, rows)]
    p, q = (np.bincount(place, minlength=len(levels) + 1) / len(place) for place in places)
    tenths = by_decile(c.grid, c.counts), by_decile(c.grid, d.counts)
    p_, q_ = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    assert distances.psi(*tenths) == pytest.approx(((q_ - p_) * np.log(q_ / p_)).sum(), rel=1e-12)
    wanted = float(jensenshannon(p, q, base=2))
    assert distances.jensen_shannon(*tenths) == pytest.approx(wanted, abs=1e-7)
    assert distances.hellinger(*tenths) == pytest.approx(
        np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2), abs=1e-7
    )
    assert distances.total_variation(*tenths) == pytest.approx(np.abs(p - q).sum() / 2)


def test_chi_squared_is_that_of_scipy_where_cells_are_full() -> None:
    c, d = np.array([100, 50, 30, 20]), np.array([80, 70, 30, 20])
    wanted = stats.chi2_contingency(np.vstack([c, d]), correction=False)
    statistic, degrees = distances.chi2(c, d)
    assert statistic == pytest.approx(wanted.statistic)
    assert degrees == wanted.dof
    assert distances.chi2_p(c, d) == pytest.approx(wanted.pvalue)


def test_thin_cells_are_taken_together() -> None:
    c, d = np.array([100, 1, 2, 3, 0]), np.array([90, 2, 0, 3, 5])
    pooled = stats.chi2_contingency([[100, 6], [90, 10]], correction=False)
    statistic, degrees = distances.chi2(c, d)
    assert statistic == pytest.approx(pooled.statistic)
    assert degrees == 1
    assert distances.chi2_p(np.array([7]), np.array([9])) == 1.0


def test_means_shift_in_standard_deviations() -> None:
    reference, rows = PAIRS["offset"]
    c, d = profiles((reference, rows))
    wanted = (rows.mean() - reference.mean()) / reference.std()
    assert distances.mean_shift(c.grid, c.side, d.side) == pytest.approx(wanted, rel=1e-4)
    constant, other = profiles(PAIRS["constant"])
    assert distances.mean_shift(constant.grid, constant.side, other.side) is None


def test_what_chance_makes_is_what_was_simulated() -> None:
    """100 pairs of one distribution: the mean of each distance is near its formula."""
    draw = np.random.default_rng(3)
    found, wanted = [], []
    for _ in range(100):
        c, d = profiles((draw.normal(size=1_000), draw.normal(size=3_000)))
        tenths = by_decile(c.grid, c.counts), by_decile(c.grid, d.counts)
        moved, moved_by_chance = distances.wasserstein(c.grid, c.side, d.side)
        found.append([distances.ks(c.grid, c.counts, d.counts)[0], distances.psi(*tenths)])
        found[-1] += [distances.total_variation(*tenths), moved]
        wanted.append([distances.ks_chance(1_000, 3_000), distances.psi_chance(10, 1_000, 3_000)])
        wanted[-1] += [distances.total_variation_chance(*tenths), moved_by_chance]
    assert np.mean(found, axis=0) == pytest.approx(np.mean(wanted, axis=0), rel=0.15)


def test_p_values_are_even_when_nothing_changed() -> None:
    draw = np.random.default_rng(4)
    values = []
    for _ in range(300):
        c, d = profiles((draw.normal(size=400), draw.normal(size=700)))
        values.append(distances.ks_tail(distances.ks(c.grid, c.counts, d.counts)[0], 400, 700))
    assert 0.01 < np.mean(np.asarray(values) < 0.05) < 0.08  # a little shy: the interval's low end


def test_shares_that_differ_are_noticed() -> None:
    assert distances.shares_differ((0, 100), (1_000, 1_000)) < 1e-6
    assert distances.shares_differ((10, 11), (1_000, 1_000)) > 0.5
    assert distances.shares_differ((0, 0), (1_000, 1_000)) == 1.0
