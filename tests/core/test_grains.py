"""Grains: windows begin where their length says, and go into coarser ones when they are old."""

from datetime import UTC, datetime, timedelta

from tenure.core.calendar import DAY
from tenure.core.grains import HOUR, KEEP_DAYS, Grain, ProfileWindow, due, window_id

AT = datetime(2024, 3, 5, 17, 42, 11, tzinfo=UTC)


def window(since: datetime, grain: Grain, segment: str = "") -> ProfileWindow:
    since = grain.begin(since)
    name = window_id("m", 3, grain, since, segment)
    return ProfileWindow(name, "acme", "m", 3, segment, grain, since, 1, b"")


def test_a_window_begins_at_a_multiple_of_its_length() -> None:
    assert Grain.HOUR.begin(AT) == AT.replace(minute=0, second=0)
    assert Grain.DAY.begin(AT) == AT.replace(hour=0, minute=0, second=0)
    month = Grain.MONTH.begin(AT)
    assert month <= AT < month + 30 * DAY
    assert Grain.MONTH.begin(month) == month


def test_an_hour_goes_into_its_day_when_the_day_is_over() -> None:
    one, midnight = window(AT, Grain.HOUR), Grain.DAY.begin(AT) + DAY
    assert due([one], midnight - HOUR) == {}
    assert due([one], midnight) == {window_id("m", 3, Grain.DAY, midnight - DAY, ""): [one]}


def test_a_day_goes_into_its_thirty_when_the_last_of_them_is_old() -> None:
    one = window(AT, Grain.DAY)
    month = Grain.MONTH.begin(AT)
    old = month + 30 * DAY + KEEP_DAYS
    assert due([one], old - timedelta(microseconds=1)) == {}
    assert list(due([one], old)) == [window_id("m", 3, Grain.MONTH, month, "")]
    assert due([window(AT, Grain.MONTH)], old + 1000 * DAY) == {}


def test_segments_do_not_mix() -> None:
    whole, part = window(AT, Grain.HOUR), window(AT, Grain.HOUR, "origin=JFK")
    found = due([whole, part], AT + 2 * DAY)
    assert sorted(len(group) for group in found.values()) == [1, 1]
