"""Persistence: one day is no finding, other columns each day are none, and half is not yet over."""

from datetime import UTC, datetime

from tenure.core.calendar import DAY
from tenure.core.columns import Role
from tenure.core.persistence import in_words, is_over, judged_of, lasting
from tenure.core.shifts import DriftDay, Shift, Verdict

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def shift(name: str, beyond: float, q: float = 0.001, weight: float = 1.0) -> Shift:
    verdict = Verdict.DRIFTED if beyond >= 1.0 and q <= 0.01 else Verdict.STEADY
    return Shift(name, Role.FEATURE, verdict, 1.0 + beyond, 1.0, q, weight, words="KS 0.3")


def day(number: int, *shifts: Shift, version: int = 1) -> DriftDay:
    at = BEGIN + number * DAY
    return DriftDay(f"m/{number}", "acme", "m", version, at, 7, 500, shifts)


def test_only_what_drifted_on_every_one_of_the_days_lasts() -> None:
    days = [
        day(0, shift("a", 2.0), shift("b", 3.0)),
        day(1, shift("a", 2.0), shift("b", 0.9)),
        day(2, shift("a", 2.0), shift("b", 3.0)),
    ]
    assert [one.name for one in lasting(days, 3)] == ["a"]
    assert lasting(days[:2], 3) == []


def test_what_the_model_does_not_look_at_is_named_by_nobody() -> None:
    days = [day(n, shift("idle", 9.0, weight=0.0)) for n in range(3)]
    assert lasting(days, 3) == []
    assert is_over(days, 3)


def test_it_is_over_when_nothing_is_half_a_floor_beyond_the_usual() -> None:
    quiet = [day(n, shift("a", 0.4)) for n in range(3)]
    assert is_over(quiet, 3)
    assert not is_over(quiet[:2], 3)
    assert not is_over([*quiet[:2], day(2, shift("a", 0.6))], 3)
    assert is_over([*quiet[:2], day(2, shift("a", 0.6, q=0.5))], 3)  # not told from chance


def test_days_of_another_version_and_days_of_too_few_rows_do_not_count() -> None:
    few = Shift("a", Role.FEATURE, Verdict.NOT_ENOUGH)
    days = [day(0, shift("a", 2.0)), day(1, few), day(2, shift("a", 2.0), version=2)]
    assert [one.day for one in judged_of(days, 1, 3)] == [BEGIN]
    assert judged_of(days, 2, 3) == [days[2]]


def test_a_finding_says_what_moved_since_when_and_how_sure_that_is() -> None:
    found = [shift("wind", 2.0)]
    said = in_words(day(0, *found, shift("b", 0.0)), found, 3, 0.01)
    assert said == (
        "1 column of 2 drifted on 3 days in a row: wind [KS 0.3; 3.0 floors, usually 1.0; weight 1] "
        "(500 rows of the last 7 days; calibrated on quiet history; "
        "at most 1 % of the columns named are so by chance)"
    )
