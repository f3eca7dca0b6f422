"""Layouts: tallies add up field by field as profiles do, and come back from bytes as they were."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.core import profiles
from tenure.core.columns import Role
from tenure.core.layouts import (
    Field,
    Layout,
    Tally,
    field_as_dict,
    field_from_dict,
    packed,
    unpacked,
)
from tenure.core.profiles import Absent, Categories, ColumnKind, Numbers
from tenure.core.stats.histograms import grid_of

GRID = grid_of(np.sort(np.random.default_rng(0).normal(0, 100, 500)), 16)
NOTHING = grid_of(np.empty(0))
LEVELS = profiles.levels_of({"a": 5, "b": 3, "ł": 1})
LAYOUT = Layout(
    (
        Field("wind", Role.FEATURE, ColumnKind.NUMBER, GRID),
        Field("dest", Role.FEATURE, ColumnKind.CATEGORY, levels=LEVELS),
        Field("empty", Role.LABEL, ColumnKind.NUMBER, NOTHING),
    )
)
ROWS = st.lists(st.tuples(st.floats(-1e6, 1e6), st.sampled_from("abłxyz")), max_size=40)


def parts(rows: list[tuple[float, str]]) -> tuple[Numbers, Categories, Numbers]:
    values = np.asarray([value for value, _ in rows], dtype=np.float64)
    names = sorted({name for _, name in rows})
    counts = np.asarray([sum(n == name for _, n in rows) for name in names], dtype=np.int64)
    found = profiles.categories(LEVELS, names, counts, profiles.places(LEVELS, names))
    nothing = profiles.numbers(NOTHING, np.empty(0), nulls=len(rows))
    return profiles.numbers(GRID, values, nulls=2), found, nothing


def tally(rows: list[tuple[float, str]]) -> Tally:
    return LAYOUT.tally(parts(rows), len(rows))


def same(one: Tally, other: Tally) -> bool:
    exact = all(
        getattr(one, name).tolist() == getattr(other, name).tolist()
        for name in ("counts", "lows", "highs", "absent")
    )
    return exact and np.allclose(one.sums, other.sums) and one.rows == other.rows


@settings(max_examples=40)
@given(ROWS, ROWS)
def test_tallies_add_up_to_the_tally_of_all_rows(one: list, other: list) -> None:  # type: ignore[type-arg]
    whole = tally([*one, *other])
    added = tally(one) + tally(other)
    added.absent[0, 0] -= 2  # both halves bring two nulls
    assert same(added, whole)
    assert same(tally(one) + LAYOUT.empty(), tally(one))
    assert dict(added.unseen) == dict(whole.unseen)


@settings(max_examples=40)
@given(ROWS)
def test_bytes_hold_a_tally_exactly(rows: list) -> None:  # type: ignore[type-arg]
    before = tally(rows)
    after = unpacked(packed(before))
    assert same(before, after)
    assert before.sums.tolist() == after.sums.tolist()
    assert dict(before.unseen) == dict(after.unseen)


def test_counts_of_any_size_fit() -> None:
    before = tally([(1.0, "a")])
    for most in (255, 256, 65_536, 2**40):
        before.counts[0] = most
        assert unpacked(packed(before)).counts[0] == most


def test_a_field_of_a_tally_is_the_profile_it_was_made_of() -> None:
    rows = [(1.5, "a"), (-3.0, "x"), (250.0, "ł")]
    found = tally(rows)
    wind, dest, empty = parts(rows)
    back = LAYOUT.profile(found, 0)
    assert isinstance(back, Numbers)
    assert (back.low, back.high, back.mean) == (wind.low, wind.high, wind.mean)
    assert back.absent == Absent(nulls=2)
    again = LAYOUT.profile(found, 1)
    assert isinstance(again, Categories)
    assert (again.unseen, again.examples) == (dest.unseen, ("x",))
    assert LAYOUT.profile(found, 2).rows == empty.rows == 3


def test_what_is_left_out_of_a_window_leaves_the_rest() -> None:
    one, other = [(1.0, "a"), (2.0, "b")], [(-5.0, "a")]
    rest = (tally(one) + tally(other)) - tally(other)
    assert rest.counts.tolist() == tally(one).counts.tolist()
    assert rest.rows == 2


def test_fields_come_back_from_plain_values_bit_for_bit() -> None:
    for field in LAYOUT.fields:
        again = field_from_dict(field_as_dict(field))
        assert (again.name, again.role, again.kind) == (field.name, field.role, field.kind)
        assert again.levels == field.levels
        if field.grid is not None:
            assert again.grid is not None
            assert again.grid.edges.tolist() == field.grid.edges.tolist()
            assert again.grid.points.tolist() == field.grid.points.tolist()
            assert again.grid.deciles.tolist() == field.grid.deciles.tolist()


def test_tallies_of_other_layouts_and_strange_bytes_are_refused() -> None:
    other = Layout(LAYOUT.fields[:1]).empty()
    with pytest.raises(ValueError, match="different layouts"):
        _ = LAYOUT.empty() + other
    with pytest.raises(ValueError, match="no tally of format 1"):
        unpacked(b"PAR1" + bytes(60))


@given(ROWS, ROWS)
def test_one_field_of_another_tally_takes_the_place_of_its_own(
    one: list[tuple[float, str]], other: list[tuple[float, str]]
) -> None:
    mine, theirs = LAYOUT.tally(parts(one), len(one)), LAYOUT.tally(parts(other), len(other))
    mixed = LAYOUT.with_field(mine, 0, theirs)
    assert mixed.rows == mine.rows
    for place, tally in ((0, theirs), (1, mine), (2, mine)):
        cells = slice(*LAYOUT.starts[place : place + 2])
        assert np.array_equal(mixed.counts[cells], tally.counts[cells])
        assert np.array_equal(mixed.sums[cells], tally.sums[cells])
        assert np.array_equal(mixed.absent[place], tally.absent[place])
        assert (mixed.lows[place], mixed.highs[place]) == (tally.lows[place], tally.highs[place])
