"""Service levels over the log: what fails is found within minutes, and ends when the budget lasts."""

from dataclasses import replace
from datetime import timedelta

from tenure.core.findings import Finding
from tenure.core.jobs import JobKind, JobState, NewJob
from tenure.services import declare, slo
from tests.small import server
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import HOUR, between, stream

MINUTE = timedelta(minutes=1)
HELD = spec_of(challengers={"static": {}}, monitor={"slo": {"availability": 0.99}})


def findings(life: Life) -> list[Finding]:
    return life.read(lambda work: work.findings.list(life.tenant, kind="slo.availability"))


def test_failures_are_a_finding_within_minutes_and_it_ends_when_the_budget_lasts(
    life: Life,
) -> None:
    declare.apply(life.house, "anna", life.tenant, HELD)
    busy = replace(life, spec=HELD, rows=stream(21, a_day=24 * 60))
    rows = between(busy.rows, "at", LIVE, LIVE + HOUR)
    server.answer(busy.house, busy.tenant, busy.model, rows.head(30))
    server.answer(busy.house, busy.tenant, busy.model, rows.tail(30), status="model.crashed")
    busy.collect(LIVE + HOUR)
    looks = 0
    while not findings(busy):
        slo.look(busy.house, busy.do_until(JobKind.SLO))
        looks += 1
    (found,) = findings(busy)
    assert (looks, found.opened_at) == (8, LIVE + 35 * MINUTE)  # five minutes after the first one
    assert "6 requests of 36 failed within 1 hour" in found.text
    busy.collect(LIVE + 8 * HOUR)
    with busy.house.store.work() as work:
        at_once = {"model_id": busy.model}
        work.jobs.add([NewJob(busy.tenant, JobKind.SLO, "churn:slo:now", {**at_once})])
    slo.look(busy.house, busy.claim())
    (ended,) = findings(busy)
    assert ended.closed_at == LIVE + 8 * HOUR


def test_a_spec_without_levels_ends_the_looking(life: Life) -> None:
    declare.apply(life.house, "anna", life.tenant, HELD)
    declare.apply(life.house, "anna", life.tenant, life.spec)
    slo.look(life.house, life.do_until(JobKind.SLO))
    assert [job.kind for job in life.jobs(JobState.READY) if job.kind is JobKind.SLO] == []
