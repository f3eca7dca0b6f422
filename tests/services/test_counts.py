"""Counts: a table in windows gives the profiles of each window's rows, whichever way it is counted."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.core import profiles
from tenure.core.columns import Role
from tenure.core.layouts import Field, Layout
from tenure.core.profiles import ColumnKind, Levels
from tenure.core.stats.histograms import grid_of
from tenure.services import counts
from tenure.services.counts import Counter

RANDOM = np.random.default_rng(1)
GRID = grid_of(np.sort(RANDOM.lognormal(0, 2, 2_000).round(1)), 32)
LEVELS = Levels(("l0", "l7"), frozenset({"l1199", ""}))  # some share cells
LAYOUT = Layout(
    (
        Field("x", Role.FEATURE, ColumnKind.NUMBER, GRID),
        Field("c", Role.FEATURE, ColumnKind.CATEGORY, levels=LEVELS),
        Field("words", Role.FEATURE, ColumnKind.TEXT, grid_of(np.arange(9.0))),
        Field("prediction", Role.OUTPUT, ColumnKind.NUMBER, GRID),
    )
)
VALUE = st.one_of(
    st.none(),
    st.floats(-1e9, 1e9),
    st.sampled_from([math.nan, math.inf, -math.inf, -0.0, *GRID.edges[::9].tolist()]),
)
LEVEL = st.one_of(st.none(), st.sampled_from(["l0", "l7", "l1199", "new", "", "ł"]))
ROWS = st.lists(st.tuples(VALUE, LEVEL), min_size=1, max_size=60)


def table(rows: list[tuple[float | None, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "f:x": pl.Series([value for value, _ in rows], dtype=pl.Float64),
            "f:c": pl.Series([level for _, level in rows], dtype=pl.String),
            "f:words": pl.Series([level for _, level in rows], dtype=pl.String),
        }
    )


def expected(rows: list[tuple[float | None, str | None]]) -> list[profiles.Profile]:
    values = np.asarray([value for value, _ in rows if value is not None], dtype=np.float64)
    texts = [level for _, level in rows if level is not None]
    nulls = len(rows) - len(texts)
    names = sorted(set(texts))
    many = np.asarray([texts.count(name) for name in names], dtype=np.int64)
    at, absent = profiles.places(LEVELS, names), profiles.Absent(nulls=nulls)
    lengths = np.asarray([len(text) for text in texts], dtype=np.float64)
    grid = LAYOUT.fields[2].grid
    assert grid is not None
    return [
        profiles.numbers(GRID, values, len(rows) - len(values)),
        profiles.categories(LEVELS, names, many, at, absent),
        profiles.numbers(grid, lengths, nulls),
        profiles.numbers(GRID, np.empty(0), len(rows)),
    ]


@pytest.mark.parametrize(("few", "sorts_from"), [(10**9, 10**9), (0, 0)])
@settings(max_examples=40, deadline=None)  # the first call loads Arrow
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_windows_have_the_profiles_of_their_rows(few: int, sorts_from: int, parts: list) -> None:  # type: ignore[type-arg]
    before = counts.FEW, counts.SORTED_FROM
    counts.FEW, counts.SORTED_FROM = few, sorts_from
    try:
        starts = np.cumsum([0, *(len(part) for part in parts)])[:-1].tolist()
        rows = [row for part in parts for row in part]
        found = Counter(LAYOUT, "f:").windows(table(rows), starts)
    finally:
        counts.FEW, counts.SORTED_FROM = before
    for tally, part in zip(found, parts, strict=True):
        assert tally.rows == len(part)
        for place, wanted in enumerate(expected(part)):
            profile = LAYOUT.profile(tally, place)
            assert profile.counts.tolist() == wanted.counts.tolist()
            assert profile.absent == wanted.absent
            if isinstance(profile, profiles.Numbers) and isinstance(wanted, profiles.Numbers):
                assert (profile.low, profile.high) == (wanted.low, wanted.high)
                assert profile.sums == pytest.approx(wanted.sums, rel=1e-9, abs=1e-6)
            if isinstance(profile, profiles.Categories) and isinstance(wanted, profiles.Categories):
                assert profile.examples == wanted.examples


def test_no_rows_have_no_windows() -> None:
    counter = Counter(LAYOUT, "f:")
    assert counter.windows(table([]), [0]) == []
