"""Look at a model's service levels every five minutes: what failed or was slow, from the log."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from tenure.core import digests, slo
from tenure.core.deployments import ANSWERED
from tenure.core.events import Event, Facts
from tenure.core.findings import Finding
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.models import Model
from tenure.core.slo import Burning, Level, Seen
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.logged import logged_parts
from tenure.services.record import business_now, record

EVERY = timedelta(minutes=5)
_FAULT = "model."  # the model's own failures; what a client did wrong is nobody's budget


def look(house: House, job: Job) -> None:
    """Count what was good and bad of late, open and close findings, and look again."""
    model_id = str(job.payload["model_id"])
    with house.store.read() as work:
        model = work.models.get(job.tenant_id, model_id)
        now = business_now(house, work, job.tenant_id, job)
        asked = slo.levels(from_dict(model.spec).monitor.slo)
        seen = _seen(house, work, model, asked, now) if asked else {}
    failpoint("slo.after_counts")
    with house.store.work() as work:
        model = work.models.get(job.tenant_id, model_id, lock=True)
        spec = from_dict(model.spec)
        for level in slo.levels(spec.monitor.slo):
            if level.name in seen:
                _judge(house, work, model, spec, (level, seen[level.name]), now)
        if asked:
            work.jobs.add([_next(job, model_id, now)])
        work.jobs.finish(job)
        failpoint("slo.before_commit")
    failpoint("slo.after_commit")


def _next(job: Job, model_id: str, now: datetime) -> NewJob:
    """Return the next look, on the five minutes: whoever asks for it, it is the same job."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    due = now - (now - begin) % EVERY + EVERY
    key = f"{model_id}:slo:{due.isoformat()}"
    return NewJob(job.tenant_id, JobKind.SLO, key, {"model_id": model_id}, due_at=due)


def _seen(
    house: House, work: UnitOfWork, model: Model, asked: tuple[Level, ...], now: datetime
) -> dict[str, Mapping[timedelta, Seen]]:
    """Return, for each level, the requests of each window and how many were bad."""
    p99_ms = from_dict(model.spec).monitor.slo.p99_ms or float("inf")
    bad = {
        "availability": pl.col("status").str.starts_with(_FAULT),
        "latency": pl.col("latency_us") > 1000 * p99_ms,
    }
    spans = sorted({window for long, short, _ in slo.PAIRS for window in (long, short)})
    counts = {level.name: {one: [0, 0] for one in spans} for level in asked}
    ours = pl.col("lane").is_in(ANSWERED) & (
        (pl.col("status") == "ok") | pl.col("status").str.starts_with(_FAULT)
    )
    for part in logged_parts(house, work, model, now - slo.LONGEST, now):
        requests = part.filter(ours & (pl.col("time") <= now)).unique("request_id")
        for one in spans:
            within = requests.filter(pl.col("time") > now - one)
            for level in asked:
                counts[level.name][one][0] += within.height
                counts[level.name][one][1] += within.filter(bad[level.name]).height
    return {
        name: {one: Seen(all_, bad_) for one, (all_, bad_) in windows.items()}
        for name, windows in counts.items()
    }


def _judge(
    house: House,
    work: UnitOfWork,
    model: Model,
    spec: Spec,
    found: tuple[Level, Mapping[timedelta, Seen]],
    now: datetime,
) -> None:
    level, seen = found
    kind = f"slo.{level.name}"
    still = work.findings.list(model.tenant_id, model_id=model.id, kind=kind, closed_at=None)
    if still:
        if slo.is_calm(level, seen):
            why = f"within {level.name}'s budget for six hours"
            closed = replace(still[0], closed_at=now, closed_because=why)
            _record(house, work, spec, closed, "finding.closed", {"why": why})
        return
    burning = slo.burning(level, seen)
    if burning is not None:
        facts: Facts = {"observed": burning.share, "expected": level.budget}
        _record(house, work, spec, _finding(model, kind, burning, now), "finding.opened", facts)


def _finding(model: Model, kind: str, burning: Burning, now: datetime) -> Finding:
    return Finding(
        id=digests.short("f", model.id, kind, now.isoformat()),
        tenant_id=model.tenant_id,
        model_id=model.id,
        kind=kind,
        version=None,
        opened_at=now,
        closed_at=None,
        observed=burning.share,
        expected=burning.level.budget,
        low=burning.share,
        high=burning.share,
        rows=burning.requests,
        text=burning.text,
    )


def _record(  # one finding, and what happened to it
    house: House, work: UnitOfWork, spec: Spec, found: Finding, kind: str, facts: Facts
) -> None:
    work.findings.put(found.tenant_id, found)
    at = found.closed_at or found.opened_at
    told: Facts = {"kind": found.kind, **facts}
    event = Event(kind, found.tenant_id, found.model_id, found.id, at, told)
    record(house, work, event, spec=spec)
