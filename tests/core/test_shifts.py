"""A day's shifts in words: what moved most and matters most comes first."""

from dataclasses import replace
from datetime import UTC, datetime

from tenure.core.columns import Role
from tenure.core.shifts import DriftDay, Shift, Verdict, in_words


def shift(
    name: str, size: float, weight: float | None, verdict: Verdict = Verdict.DRIFTED
) -> Shift:
    return Shift(name, Role.FEATURE, verdict, size, 1.0, 0.001, weight, words="KS 0.3")


def day(*shifts: Shift) -> DriftDay:
    return DriftDay("m/d", "acme", "m", 1, datetime(2024, 1, 1, tzinfo=UTC), 7, 1_234, shifts)


def test_importance_times_drift_decides_what_is_named_first() -> None:
    found = day(shift("far", 9.0, 0.0), shift("near", 3.0, 1.0), shift("known", 2.0, None))
    assert [one.name for one in found.ranked()] == ["near", "known", "far"]
    assert in_words(found) == "near (KS 0.3); known (KS 0.3); far (KS 0.3)"
    assert in_words(found, most=1) == "near (KS 0.3) and 2 more"


def test_without_quiet_history_nothing_is_known_to_be_unusual() -> None:
    assert shift("calibrated", 9.0, 1.0).counts
    assert not replace(shift("uncalibrated", 9.0, 1.0), usual=None).counts


def test_what_is_steady_or_not_looked_at_by_the_model_opens_nothing() -> None:
    assert not shift("steady", 9.0, 1.0, Verdict.STEADY).counts
    assert not shift("idle", 9.0, 0.001).counts
    assert shift("unknown", 9.0, None).counts


def test_a_day_of_which_nothing_can_be_said_is_not_judged() -> None:
    assert not day(shift("few", 9.0, 1.0, Verdict.NOT_ENOUGH)).is_judged
    assert day(shift("steady", 0.1, 1.0, Verdict.STEADY)).is_judged
    assert in_words(day()) == "nothing drifted in 1,234 rows"
