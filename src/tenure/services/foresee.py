"""Foresee: each day, look whether the accuracy is expected to have got worse before labels say so."""

from dataclasses import replace
from datetime import datetime

from tenure.core import digests, estimates
from tenure.core.accuracy import Yardstick
from tenure.core.calendar import DAY, day_of
from tenure.core.estimates import Estimate, NoEstimate
from tenure.core.events import Event
from tenure.core.findings import ESTIMATE, Finding
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.models import Model
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.words import count, number
from tenure.ports.work import UnitOfWork
from tenure.services.estimate import last_days
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record

_LOOKED_AT = max(estimates.PERSISTS, estimates.CALM)


def look(house: House, job: Job) -> None:
    """Look at the days that are over, and again tomorrow; end when the spec asks no more."""
    model_id = str(job.payload["model_id"])
    with house.store.read() as work:
        model = work.models.get(job.tenant_id, model_id)
        now = business_now(house, work, job.tenant_id, job)
        asked = from_dict(model.spec).monitor.estimate
        found = last_days(house, work, model, day_of(now), _LOOKED_AT) if asked else None
    failpoint("foresee.after_estimates")
    with house.store.work() as work:
        model = work.models.get(job.tenant_id, model_id, lock=True)
        if found is not None:
            days, stick, version = found
            if stick is not None:
                _judge(house, work, model, (days, stick, version), now)
            work.jobs.add([_tomorrow(job, model_id, day_of(now) + DAY)])
        work.jobs.finish(job)
        failpoint("foresee.before_commit")
    failpoint("foresee.after_commit")


def _tomorrow(job: Job, model_id: str, due: datetime) -> NewJob:
    """Return the next look, at the day's end: whoever asks for it, it is the same job."""
    key = f"{model_id}:foresee:{due.isoformat()}"
    return NewJob(job.tenant_id, JobKind.FORESEE, key, {"model_id": model_id}, due_at=due)


def _judge(
    house: House,
    work: UnitOfWork,
    model: Model,
    seen: tuple[list[Estimate | NoEstimate], Yardstick, int],
    now: datetime,
) -> None:
    days, stick, version = seen
    spec = from_dict(model.spec)
    still = work.findings.list(model.tenant_id, model_id=model.id, kind=ESTIMATE, closed_at=None)
    for one in still:
        if one.version != version:
            why = f"version {version} took over from version {one.version}"
        elif estimates.has_calmed(days, stick.baseline + stick.tolerance / 2.0):
            why = f"{count(estimates.CALM, 'day')} are expected to be good again"
        else:
            continue
        closed = replace(one, closed_at=now, closed_because=why)
        _record(house, work, spec, closed, "finding.closed", {"why": why})
    newest = days[-1] if days else None
    is_open = any(one.version == version for one in still)
    if isinstance(newest, Estimate) and not is_open and estimates.has_worsened(days, stick.limit):
        opened = _finding(model, stick, newest, version, now)
        facts: dict[str, str | float] = {
            "version": version,
            "observed": newest.mean,
            "expected": stick.baseline,
        }
        _record(house, work, spec, opened, "finding.opened", facts)


def _finding(
    model: Model, stick: Yardstick, newest: Estimate, version: int, now: datetime
) -> Finding:
    days = count(estimates.PERSISTS, "day")
    text = (
        f"{stick.metric} is estimated at {number(newest.mean)} against {number(stick.baseline)} "
        f"expected (95 % interval {number(newest.low)} to {number(newest.high)}), for {days}; no "
        "label says so yet: an estimate sees what came in, not whether the truth depends on it as before"
    )
    return Finding(
        id=digests.short("f", model.id, ESTIMATE, now.isoformat()),
        tenant_id=model.tenant_id,
        model_id=model.id,
        kind=ESTIMATE,
        version=version,
        opened_at=now,
        closed_at=None,
        observed=newest.mean,
        expected=stick.baseline,
        low=newest.low,
        high=newest.high,
        rows=newest.rows,
        text=text,
    )


def _record(  # one finding, and what happened to it
    house: House,
    work: UnitOfWork,
    spec: Spec,
    finding: Finding,
    kind: str,
    facts: dict[str, str | float],
) -> None:
    work.findings.put(finding.tenant_id, finding)
    at = finding.closed_at or finding.opened_at
    told = {"kind": ESTIMATE, **facts}
    event = Event(kind, finding.tenant_id, finding.model_id, finding.id, at, {**told})
    record(house, work, event, spec=spec)
