"""Shifts: what moved is found and named first, what wavers as it always did is left in peace."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from tenure.core import profiles
from tenure.core.columns import Role
from tenure.core.drift import Rules, compared
from tenure.core.layouts import Field, Layout, Tally
from tenure.core.profiles import ColumnKind
from tenure.core.references import Reference
from tenure.core.shifting import judged, quiet_of, sizes
from tenure.core.shifts import DriftDay, Shift, Verdict, in_words
from tenure.core.stats.histograms import grid_of
from tests.core.test_layouts import LAYOUT
from tests.core.test_layouts import tally as two

RULES = Rules()
Matrix = NDArray[np.float64]
DAYS, A_DAY, FIELDS = 30, 400, 6


def history(random: np.random.Generator) -> list[Matrix]:
    """Return quiet days; the level of column 0 wavers from day to day, as weather does."""
    days = [random.normal(size=(A_DAY, FIELDS)) for _ in range(DAYS)]
    for day in days:
        day[:, 0] += random.normal(0, 0.7)
    return days


def layout_of(rows: Matrix) -> Layout:
    return Layout(
        tuple(
            Field(f"x{at}", Role.FEATURE, ColumnKind.NUMBER, grid_of(np.sort(rows[:, at]), 64))
            for at in range(rows.shape[1])
        )
    )


def tally(layout: Layout, rows: Matrix) -> Tally:
    grids = [field.grid for field in layout.fields]
    parts = [profiles.numbers(g, rows[:, at]) for at, g in enumerate(grids) if g is not None]
    return layout.tally(parts, len(rows))


def reference(days: list[Matrix], *, calibrated: bool = True) -> Reference:
    rows = np.concatenate(days)
    layout = layout_of(rows)
    whole = tally(layout, rows)
    tallies = [tally(layout, day) for day in days] if calibrated else []
    return Reference(layout, whole, 1, quiet_of(layout, whole, tallies, 1, RULES))


def drifted(found: tuple[Shift, ...]) -> set[str]:
    return {one.name for one in found if one.verdict is Verdict.DRIFTED}


def test_quiet_days_are_quiet_and_a_column_that_wavers_is_no_drift() -> None:
    random = np.random.default_rng(5)
    alarms, plain = 0, 0
    for _ in range(4):
        days = history(random)
        known, bare = reference(days), reference(days, calibrated=False)
        for day in history(random):
            window = tally(known.layout, day)
            alarms += bool(drifted(judged(known, window, RULES)))
            plain += bool(drifted(judged(bare, window, RULES)))
    assert alarms <= 4  # of 120; the level of a new day is now and then beyond thirty known ones
    assert plain > 60  # what the usual tests say of the same days


@pytest.mark.parametrize("column", range(1, FIELDS))
def test_a_column_that_moves_by_half_a_deviation_is_found_and_alone(column: int) -> None:
    random = np.random.default_rng(column)
    past = history(random)
    known, day = reference(past), random.normal(size=(A_DAY, FIELDS))
    day[:, 0] = past[7][:, 0]
    day[:, column] += 0.5
    found = judged(known, tally(known.layout, day), RULES)
    assert drifted(found) == {f"x{column}"}
    one = found[column]
    assert one.q <= RULES.false_discoveries
    assert one.distance == pytest.approx(0.2, abs=0.1)  # KS of half a deviation
    assert one.moved == pytest.approx(0.5, abs=0.15)
    assert one.words.startswith("mean ")


def test_few_rows_are_not_judged() -> None:
    random = np.random.default_rng(0)
    known = reference(history(random))
    found = judged(known, tally(known.layout, random.normal(9, 1, (99, FIELDS))), RULES)
    assert {one.verdict for one in found} == {Verdict.NOT_ENOUGH}
    nothing = judged(known, known.layout.empty(), RULES)
    assert {one.verdict for one in nothing} == {Verdict.NOT_ENOUGH}


def test_a_constant_column_that_begins_to_vary_has_drifted() -> None:
    random = np.random.default_rng(0)
    days = [np.column_stack([np.full(A_DAY, 3.0), random.normal(size=A_DAY)]) for _ in range(DAYS)]
    known = reference(days)
    assert drifted(judged(known, tally(known.layout, days[0]), RULES)) == set()
    moved = days[0].copy()
    moved[:100, 0] = 4.0
    assert drifted(judged(known, tally(known.layout, moved), RULES)) == {"x0"}


def test_sizes_agree_with_the_report_of_files() -> None:
    one, other = (
        two([(1.0, "a"), (90.0, "b"), (5.0, "a")] * 60),
        two([(40.0, "b"), (7.0, "x")] * 70),
    )
    found = sizes(LAYOUT, [one], [other], RULES)
    for place, name in ((0, "ks"), (1, "total_variation")):
        sides = (LAYOUT.profile(one, place), LAYOUT.profile(other, place))
        scores = compared("c", "", LAYOUT.fields[place].kind, *sides, RULES).scores or {}
        assert found["distance"][0, place] == pytest.approx(scores[name], abs=1e-12)
        if place == 0:
            assert found["moved"][0, place] == pytest.approx(scores["wasserstein_in_sd"], rel=1e-9)


def test_what_the_model_does_not_look_at_opens_nothing_and_comes_last() -> None:
    random = np.random.default_rng(2)
    past = history(random)
    weights = {"x1": 0.001, "x2": 0.5, "x3": 0.2}
    known = reference(past)
    known = Reference(known.layout, known.whole, 1, known.quiet, weights)
    day = random.normal(size=(A_DAY, FIELDS))
    day[:, 0] = past[7][:, 0]
    day[:, 1] += 5.0
    day[:, 2:4] += 0.6
    found = judged(known, tally(known.layout, day), RULES)
    assert {one.name for one in found if one.counts} == {"x2", "x3"}
    whole = DriftDay("m/d", "acme", "m", 1, datetime(2024, 1, 1, tzinfo=UTC), 1, A_DAY, found)
    assert [one.name for one in whole.ranked()][:2] == ["x2", "x3"]
    assert in_words(whole).startswith("x2 (mean ")
    assert in_words(replace(whole, shifts=())) == "nothing drifted in 400 rows"
    assert whole.is_judged
    assert not replace(whole, shifts=()).is_judged
