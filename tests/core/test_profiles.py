"""Profiles of parts add up to the profile of the whole, in any order and any split."""

import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.core import profiles
from tenure.core.profiles import Absent, Categories, Numbers
from tenure.core.stats.histograms import grid_of

ANY = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0, 1.0])
)
PARTS = st.lists(st.lists(ANY, max_size=30), min_size=1, max_size=6)
GRID = grid_of(np.sort(np.random.default_rng(0).normal(0, 100, 1_000)))
WORDS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=20), min_size=1, max_size=6)
LEVELS = profiles.levels_of({"a": 5, "b": 3, "c": 1})


def numbers(values: list[float]) -> Numbers:
    return profiles.numbers(GRID, np.asarray(values, dtype=np.float64), nulls=len(values) % 3)


def categories(words: list[str], levels: profiles.Levels = LEVELS) -> Categories:
    names = sorted(set(words))
    counts = np.asarray([words.count(name) for name in names], dtype=np.int64)
    return profiles.categories(levels, names, counts, profiles.places(levels, names))


def same(one: Numbers, other: Numbers) -> bool:
    ends = (one.low, one.high, one.absent) == (other.low, other.high, other.absent)
    close = np.allclose(one.sums, other.sums, rtol=1e-12, atol=1e-6)
    return ends and close and one.counts.tolist() == other.counts.tolist()


def alike(one: Categories, other: Categories) -> bool:
    counts = one.counts.tolist() == other.counts.tolist()
    return counts and (one.absent, one.examples) == (other.absent, other.examples)


@settings(max_examples=50)
@given(PARTS)
def test_numbers_add_up_in_any_order(parts: list[list[float]]) -> None:
    made = [numbers(part) for part in parts]
    whole = profiles.numbers(
        GRID, np.asarray([v for part in parts for v in part]), sum(p.absent.nulls for p in made)
    )
    assert same(reduce(add, made), whole)
    assert same(reduce(add, reversed(made)), whole)
    middle = len(made) // 2
    halves = [
        reduce(add, some, profiles.no_numbers(GRID)) for some in (made[:middle], made[middle:])
    ]
    assert same(halves[0] + halves[1], whole)
    assert same(whole + profiles.no_numbers(GRID), whole)


@given(WORDS)
def test_categories_add_up_in_any_order(parts: list[list[str]]) -> None:
    made = [categories(part) for part in parts]
    whole = categories([word for part in parts for word in part])
    assert alike(reduce(add, made), whole)
    assert alike(reduce(add, reversed(made)), whole)
    assert alike(profiles.no_categories(LEVELS) + whole, whole)


@settings(max_examples=50)
@given(st.lists(ANY, max_size=60))
def test_every_row_is_counted_once(values: list[float]) -> None:
    found = numbers(values)
    assert found.rows == len(values) + found.absent.nulls
    assert found.absent.nans == sum(math.isnan(v) for v in values)
    assert found.absent.plus_infinite == values.count(math.inf)
    assert found.absent.minus_infinite == values.count(-math.inf)
    finite = [v for v in values if math.isfinite(v)]
    assert found.values == len(finite)
    if finite:
        assert (found.low, found.high) == (min(finite), max(finite))
        assert found.mean == pytest.approx(np.mean(finite), abs=1e-6)
    else:
        assert found.mean is None


def test_the_rows_are_not_changed() -> None:
    values = np.asarray([3.0, 1.0, math.nan, 2.0])
    profiles.numbers(GRID, values)
    assert values[0] == 3.0
    assert math.isnan(values[2])


def test_profiles_that_differ_in_kind_are_not_added() -> None:
    with pytest.raises(ValueError, match="grids"):
        numbers([1.0]) + profiles.no_numbers(grid_of(np.arange(3.0)))
    with pytest.raises(ValueError, match="levels"):
        categories(["a"]) + profiles.no_categories(profiles.levels_of({"z": 1}))


def test_unseen_levels_are_counted_and_named() -> None:
    found = categories(["a", "z", "y", "z", "x", "w", "v", "u"])
    assert found.unseen == 7
    assert found.examples == ("u", "v", "w", "x", "y")
    assert found.shown[0] == ["a", "b", "c", "other known levels", "unseen levels"]
    assert found.shown[1].tolist() == [1, 0, 0, 0, 7]


def test_of_very_many_levels_only_the_heavy_ones_have_names() -> None:
    counts = {"heavy": 1_000, **{f"k{i}": 1 + i % 2 for i in range(5_000)}}
    levels = profiles.levels_of(counts)
    assert levels.names == ("heavy",)
    assert levels.cells == 1 + profiles.BUCKETS + 1
    assert sum(levels.once) == 2_500
    at = profiles.places(levels, ["heavy", "k1", "k1", "never"])
    assert at[0] == 0
    assert 0 < at[1] == at[2] < levels.cells - 1
    assert at[3] == levels.cells - 1


def test_a_reference_expects_unseen_levels_of_another_sample() -> None:
    """Two samples of 3,000 levels: as many rows are unseen as the reference has single levels."""
    draw = np.random.default_rng(1)
    reference, other = (draw.zipf(1.4, 4_000) for _ in range(2))
    words = [[f"k{value}" for value in side.tolist()] for side in (reference, other)]
    counts = {name: words[0].count(name) for name in set(words[0])}
    levels = profiles.levels_of(counts)
    was, now = (categories(side, levels) for side in words)
    expected = profiles.as_if_new(was)
    assert was.unseen == 0
    assert expected.sum() == was.values
    assert now.unseen == pytest.approx(expected[-1], rel=0.15)


def test_without_single_levels_a_reference_is_taken_as_it_is() -> None:
    levels = profiles.levels_of({"a": 2, "b": 2})
    found = categories(["a", "a", "b", "b"], levels)
    assert profiles.as_if_new(found).tolist() == found.counts.tolist()


def test_reasons_for_no_value_add_up() -> None:
    both = Absent(1, 2, 3, 4, 5) + Absent(1, 1, 1, 1, 1)
    assert both == Absent(2, 3, 4, 5, 6)
    assert both.rows == 20
    assert both.missing == 5
