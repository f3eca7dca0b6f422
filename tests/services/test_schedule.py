"""A cron instant is told once, asks for its race and for the next instant, and dies with the spec."""

from dataclasses import replace
from datetime import datetime

import pytest

from tenure.core.jobs import JobKind, JobState
from tenure.services import declare
from tenure.services.schedule import come
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY
from tests.small.trial import respecified

DAILY = "0 3 * * *"


@pytest.fixture
def daily(life: Life) -> Life:
    """A life whose champion is asked for every night."""
    schedule = {"on": [], "schedule": {"cron": DAILY}, "cool_down": "1h"}
    return respecified(
        life, spec_of(retrain=schedule, challengers={"static": {"retrain": {"on": []}}})
    )


def instants(life: Life) -> list[datetime]:
    waiting = [job for job in life.jobs(JobState.READY) if job.kind == JobKind.SCHEDULE]
    return [datetime.fromisoformat(str(job.payload["at"])) for job in waiting]


def test_the_next_instant_and_a_race_follow_from_an_instant(daily: Life) -> None:
    (first,) = instants(daily)
    assert LIVE < first <= LIVE + DAY
    daily.collect(first)
    daily.do_until(JobKind.SCHEDULE)
    job = next(j for j in daily.jobs(JobState.LEASED) if j.kind == JobKind.SCHEDULE)
    come(daily.house, job)
    (told,) = daily.told("schedule.came")
    assert (told.facts["lane"], told.facts["cron"], told.business_at) == ("champion", DAILY, first)
    assert instants(daily) == [first + DAY]
    assert any(j.kind == JobKind.STUDY for j in daily.jobs(JobState.READY))


def test_instants_that_were_slept_through_are_one(daily: Life) -> None:
    (first,) = instants(daily)
    daily.collect(first + 5 * DAY)
    job = daily.do_until(JobKind.SCHEDULE)
    come(daily.house, replace(job, due_at=first + 5 * DAY))
    (told,) = daily.told("schedule.came")
    assert told.business_at == first + 5 * DAY
    assert instants(daily) == [first + 6 * DAY]


def test_an_instant_that_the_spec_no_longer_asks_for_ends_quietly(daily: Life) -> None:
    (first,) = instants(daily)
    daily.collect(first)
    job = daily.do_until(JobKind.SCHEDULE)
    silent = spec_of(retrain={"on": []}, challengers={"static": {"retrain": {"on": []}}})
    declare.apply(daily.house, "test", daily.tenant, silent)
    come(daily.house, job)
    assert daily.told("schedule.came") == []
    assert instants(daily) == []
