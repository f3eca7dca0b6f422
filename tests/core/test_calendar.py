"""Cron instants and days in business time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.calendar import DAY, day_of, next_instant, next_look
from tenure.core.errors import TenureError

INSTANTS = st.timedeltas(timedelta(0), timedelta(days=18_000)).map(
    lambda since: datetime(2000, 1, 1, tzinfo=UTC) + since
)


def test_the_next_instant_is_strictly_later() -> None:
    first = datetime(2013, 3, 1, 3, tzinfo=UTC)
    assert next_instant("0 3 1 * *", first - timedelta(seconds=1)) == first
    assert next_instant("0 3 1 * *", first) == datetime(2013, 4, 1, 3, tzinfo=UTC)


def test_instants_are_in_utc_whatever_the_zone_of_the_question() -> None:
    tokyo = timezone(timedelta(hours=9))
    found = next_instant("0 3 * * *", datetime(2013, 3, 1, 11, tzinfo=tokyo))  # 02:00 UTC
    assert found == datetime(2013, 3, 1, 3, tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "cron", ["", "often", "0 3 1 *", "0 0 3 1 * *", "61 * * * *", "0 0 30 2 *", "@daily"]
)
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(TenureError) as refusal:
        next_instant(cron, datetime(2013, 1, 1, tzinfo=UTC))
    assert refusal.value.code == "spec.bad_cron"
    assert repr(cron) in refusal.value.message


@given(INSTANTS)
def test_a_chain_of_instants_never_stands_still(at: datetime) -> None:
    one = next_instant("30 2 * * 1", at)
    assert at < one <= at + 7 * DAY
    assert next_instant("30 2 * * 1", one) == one + 7 * DAY


@given(INSTANTS)
def test_a_day_begins_at_midnight_utc(at: datetime) -> None:
    begins = day_of(at)
    assert begins <= at < begins + DAY
    assert (begins.hour, begins.minute, begins.second, begins.microsecond) == (0, 0, 0, 0)


def test_the_day_of_a_local_evening_may_be_the_next_in_utc() -> None:
    new_york = timezone(timedelta(hours=-5))
    assert day_of(datetime(2013, 3, 1, 20, tzinfo=new_york)) == datetime(2013, 3, 2, tzinfo=UTC)


def test_one_looks_soon_at_first_and_at_least_once_an_hour() -> None:
    since, hour = datetime(2024, 1, 10, tzinfo=UTC), timedelta(hours=1)
    assert next_look(since, since) == since + timedelta(minutes=1)
    assert next_look(since, since + 2 * hour) == since + 2 * hour + timedelta(minutes=30)
    assert next_look(since, since + 6 * DAY) == since + 6 * DAY + hour
