"""What should not have come is a fault when it is beyond the usual, and beyond what quiet days waver."""

import numpy as np
import polars as pl
import pytest

from tenure.core.columns import Role
from tenure.core.layouts import Field, Layout
from tenure.core.profiles import ColumnKind, levels_of
from tenure.core.quality import Seen, counted, faults, in_words
from tenure.core.references import Reference
from tenure.core.stats.histograms import grid_of
from tenure.services.counts import Counter

QUIET = (0.0, 0.01, 0.02, 0.0, 0.01, 0.02, 0.01)


def seen(
    rows: int, days: tuple[float, ...] = QUIET, usual: float = 0.01, column: str = "x"
) -> Seen:
    return Seen(column, "missing", rows, 400, usual, days)


def test_a_share_beyond_what_quiet_days_have_is_a_fault() -> None:
    (found,) = faults([seen(60), seen(6, column="y")], None)
    assert found.words == "x has no value in 15.0% of 400 rows (at most 2.0% before)"
    assert in_words([found], 2).startswith("1 of 2 checks: x has no value")


def test_what_wavers_every_day_is_no_fault() -> None:
    waver = (0.0, 0.3, 0.1, 0.25, 0.0, 0.2, 0.05)
    assert faults([seen(120, waver, usual=0.1)], None) == []


def test_with_few_days_only_a_declared_limit_speaks() -> None:
    few = seen(60, QUIET[:3])
    assert faults([few], None) == []
    assert faults([few], 0.05) == [few]
    assert faults([few], 0.2) == []


def test_a_handful_of_rows_is_no_fault_and_no_rows_say_nothing() -> None:
    assert faults([Seen("x", "missing", 4, 10), Seen("x", "missing", 0, 0)], 0.01) == []


@pytest.fixture
def reference() -> Reference:
    x = np.sort(np.random.default_rng(1).normal(size=500))
    fields = (
        Field("x", Role.FEATURE, ColumnKind.NUMBER, grid_of(x, 64)),
        Field("kind", Role.FEATURE, ColumnKind.CATEGORY, levels=levels_of({"a": 300, "b": 200})),
    )
    layout = Layout(fields)
    table = pl.DataFrame({"x": x, "kind": ["a"] * 300 + ["b"] * 200})
    return Reference(layout, Counter(layout).windows(table, [0])[0], 1, {})


def test_a_profile_says_how_many_rows_miss_a_value_are_unseen_or_outside(
    reference: Reference,
) -> None:
    x = [None, 0.0, 0.1, 1e6, -1e6, float("nan")]
    rows = pl.DataFrame({"x": x, "kind": ["a", "b", "new", None, "new", "a"]}, strict=False)
    (window,) = Counter(reference.layout).windows(rows, [0])
    found = counted(reference, window)
    assert found["x", "missing"] == (2, 6, "")
    assert found["x", "outside"] == (2, 4, "")
    assert found["kind", "missing"] == (1, 6, "")
    assert found["kind", "unseen"] == (2, 5, "new")
    trained = counted(reference, reference.whole)
    assert {one[0] for one in trained.values()} == {0}
