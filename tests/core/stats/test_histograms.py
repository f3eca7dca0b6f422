"""Grids: counts are exact, heavy values stand alone, extremes are located."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.stats.histograms import BINS, Floats, by_decile, filled, grid_of

NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.integers(-3, 3).map(float))
FLOATS = st.lists(NUMBERS, max_size=60).map(lambda rows: np.asarray(rows, dtype=np.float64))


@given(FLOATS, FLOATS)
def test_a_value_is_counted_where_the_edges_say(reference: Floats, rows: Floats) -> None:
    grid = grid_of(np.sort(reference))
    counts, sums = filled(grid, np.sort(rows))
    places = np.searchsorted(grid.edges, rows, side="right")
    bins = len(grid.edges) + 1
    assert counts.tolist() == np.bincount(places, minlength=bins).tolist()
    assert sums == pytest.approx(np.bincount(places, weights=rows, minlength=bins), abs=1e-6)


@given(FLOATS)
def test_edges_rise_and_points_hold_one_value(reference: Floats) -> None:
    grid = grid_of(np.sort(reference))
    assert np.all(np.diff(grid.edges) > 0)
    assert np.all(np.isfinite(grid.edges))
    assert len(grid.points) == len(grid.edges) + 1
    points = np.flatnonzero(grid.points)
    assert np.array_equal(np.nextafter(grid.edges[points - 1], np.inf), grid.edges[points])


@given(FLOATS)
def test_every_heavy_value_has_a_bin_of_its_own(reference: Floats) -> None:
    grid = grid_of(np.sort(reference))
    values, counts = np.unique(reference, return_counts=True)
    for value in values[counts > len(reference) / (2 * BINS)]:
        assert grid.points[np.searchsorted(grid.edges, value, side="right")]


@given(FLOATS, FLOATS)
def test_counts_between_deciles_are_those_of_the_rows(reference: Floats, rows: Floats) -> None:
    if not len(reference):
        return
    grid = grid_of(np.sort(reference))
    levels = np.quantile(reference, np.arange(1, 10) / 10, method="lower")
    ends = np.concatenate([[-np.inf], np.unique(levels), [np.inf]])
    wanted = [int(((rows >= low) & (rows < high)).sum()) for low, high in itertools.pairwise(ends)]
    assert by_decile(grid, filled(grid, np.sort(rows))[0]).tolist() == wanted


def test_a_constant_has_no_spread_and_an_empty_sample_one_bin() -> None:
    constant = grid_of(np.full(50, 0.1))
    assert constant.spread == 0.0
    assert constant.points.sum() == 1
    assert len(grid_of(np.empty(0)).points) == 1


def test_new_extremes_are_located() -> None:
    grid = grid_of(np.sort(np.random.default_rng(0).normal(size=10_000)))
    assert grid.edges[0] < -1e6
    assert grid.edges[-1] > 1e6
    tail = grid.edges[grid.edges > 4.0]
    assert np.all(np.diff(tail) <= 2.1 * np.abs(tail[:-1]))


def test_grids_are_the_same_when_their_edges_are() -> None:
    rows = np.arange(100.0)
    assert grid_of(rows).same(grid_of(rows))
    assert not grid_of(rows).same(grid_of(rows + 1))
