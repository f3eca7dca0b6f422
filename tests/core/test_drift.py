"""A verdict needs a difference that is sure and that matters, and enough rows."""

import numpy as np
import pytest

from tenure.core import profiles
from tenure.core.drift import ColumnDrift, Rules, compared, judged
from tenure.core.profiles import ColumnKind
from tenure.core.shifts import Verdict
from tenure.core.stats.histograms import Floats, grid_of

RULES = Rules()


def column(reference: Floats, current: Floats, kind: ColumnKind = ColumnKind.NUMBER) -> ColumnDrift:
    grid = grid_of(profiles.finite(np.sort(reference)))
    before, after = (profiles.numbers(grid, side) for side in (reference, current))
    return compared("x", "", kind, before, after, RULES)


def verdict(reference: Floats, current: Floats) -> ColumnDrift:
    return judged([column(reference, current)], RULES)[0]


def levels(reference: dict[str, int], current: dict[str, int]) -> ColumnDrift:
    known = profiles.levels_of(reference)
    sides = []
    for counts in (reference, current):
        amounts = np.asarray(list(counts.values()), dtype=np.int64)
        at = profiles.places(known, list(counts))
        sides.append(profiles.categories(known, list(counts), amounts, at))
    return judged([compared("c", "", ColumnKind.CATEGORY, sides[0], sides[1], RULES)], RULES)[0]


DRAW = np.random.default_rng(2)
QUIET = DRAW.normal(size=20_000)


def test_a_shift_that_matters_is_found_and_said() -> None:
    found = verdict(QUIET, DRAW.normal(0.5, 1, 20_000))
    assert found.verdict is Verdict.DRIFTED
    assert "mean" in found.reason
    assert "0.5" in found.reason
    assert found.size > 1.0


def test_a_shift_that_is_sure_but_too_small_to_matter_is_steady() -> None:
    found = verdict(QUIET, DRAW.normal(0.05, 1, 100_000))
    assert found.scores is not None
    assert found.scores["ks_p"] < 1e-3
    assert found.verdict is Verdict.STEADY


def test_a_shift_that_few_rows_make_by_chance_is_steady() -> None:
    assert verdict(QUIET, DRAW.normal(0, 1, 120)).verdict is Verdict.STEADY


def test_a_unit_error_in_few_rows_is_found_by_how_far_they_moved() -> None:
    rows = np.r_[DRAW.normal(10, 1, 9_700), DRAW.normal(10, 1, 300) * 1000]
    found = verdict(DRAW.normal(10, 1, 20_000), rows)
    assert found.verdict is Verdict.DRIFTED
    assert "moved by" in found.reason


def test_with_ties_a_change_of_shares_is_found() -> None:
    assert verdict(np.ones(500), np.r_[np.ones(300), np.zeros(40)]).verdict is Verdict.DRIFTED


@pytest.mark.parametrize(("m", "n"), [(1, 1), (99, 5_000), (5_000, 99)])
def test_too_few_rows_are_their_own_verdict(m: int, n: int) -> None:
    found = verdict(QUIET[:m], QUIET[:n] + 9)
    assert found.verdict is Verdict.NOT_ENOUGH
    assert "100 are asked for" in found.reason


def test_a_burst_of_missing_values_is_found() -> None:
    rows = QUIET.copy()
    rows[:3_000] = np.nan
    found = verdict(QUIET, rows)
    assert found.verdict is Verdict.DRIFTED
    assert found.reason == "NaN 0 % → 15 %"


def test_a_column_that_went_empty_has_drifted_though_nothing_can_be_compared() -> None:
    assert verdict(QUIET, np.full(500, np.nan)).verdict is Verdict.DRIFTED


def test_time_is_not_judged() -> None:
    found = column(QUIET, QUIET + 100, ColumnKind.TIME)
    assert judged([found], RULES)[0].verdict is Verdict.NOT_JUDGED


def test_levels_that_moved_are_named_with_what_is_unseen() -> None:
    found = levels({"a": 500, "b": 500}, {"a": 500, "b": 300, "z": 200})
    assert found.verdict is Verdict.DRIFTED
    assert "'b' 50 % → 30 %" in found.reason
    assert "unseen are such as 'z'" in found.reason


def test_many_rare_levels_do_not_drift_by_being_rare() -> None:
    draw = np.random.default_rng(3)
    for _ in range(5):
        sides = [draw.zipf(1.3, 3_000) for _ in range(2)]
        counts = [
            {f"k{v}": int(n) for v, n in zip(*np.unique(s, return_counts=True), strict=True)}
            for s in sides
        ]
        assert levels(counts[0], counts[1]).verdict is Verdict.STEADY


def test_the_worst_comes_first() -> None:
    shifts = (0.3, 0.0, 1.0)
    found = judged([column(QUIET, QUIET + shift) for shift in shifts], RULES)
    assert [one.verdict for one in found] == [Verdict.DRIFTED, Verdict.DRIFTED, Verdict.STEADY]
    assert found[0].size > found[1].size


def test_nothing_is_found_where_nothing_changed() -> None:
    """50 quiet reports of 10 columns: at most two name a column."""
    draw = np.random.default_rng(6)
    loose = Rules(floor=1e-6, spread_floor=1e-6)
    alarms = 0
    for _ in range(50):
        columns = []
        for _ in range(10):
            rows = draw.exponential(size=2_500)
            grid = grid_of(np.sort(rows[:500]))
            before, after = (profiles.numbers(grid, side) for side in (rows[:500], rows[500:]))
            columns.append(compared("x", "", ColumnKind.NUMBER, before, after, loose))
        alarms += any(one.verdict is Verdict.DRIFTED for one in judged(columns, loose))
    assert alarms <= 2  # 1 % are promised, though here every difference would matter
