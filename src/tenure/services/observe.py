"""Observe: judge every finished business day once, open and close findings.

A day is finished when its labels are final (`[labels].final_after`). The job carries the first day
that it has not judged yet, and asks for itself again when the next one will be finished.
"""

import math
from datetime import datetime

from tenure.core import accuracy, digests
from tenure.core.calendar import DAY, day_of
from tenure.core.deployments import CHAMPION
from tenure.core.findings import ACCURACY, Finding
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.models import GONE, Model
from tenure.core.outcomes import Detector, Window
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.work import UnitOfWork
from tenure.services import drifting, findings, quality
from tenure.services.elsewhere import is_elsewhere, watch
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.windows import day_windows


def watch_day(house: House, job: Job) -> None:
    """Judge the days that have finished since, in order, and ask for the next one.

    Drift needs no labels: it is judged when a day is over, accuracy when its labels are final.
    """
    model_id = str(job.payload["model_id"])
    with house.store.read() as work:
        served_elsewhere = is_elsewhere(work.models.get(job.tenant_id, model_id))
    if served_elsewhere:
        watch(house, job)
        return
    drifting.prepare(house, job)
    with house.store.work() as work:
        model = work.models.get(job.tenant_id, model_id, lock=True)
        spec = from_dict(model.spec)
        day = _first_day(work, job, model)
        over = datetime.fromisoformat(str(job.payload.get("over") or day.isoformat()))
        until = job.due_at or work.clocks.get(job.tenant_id, job.tenant_id).collected
        while over + DAY <= until:
            drifting.judge_day(house, work, model, spec, over)
            quality.judge_day(house, work, model, spec, over)
            over += DAY
        while day + DAY + spec.labels.final_after <= until:
            _judge_day(house, work, model, spec, day)
            day += DAY
        work.jobs.add([_next(job, spec, day, over)])
        work.jobs.finish(job)
        failpoint("observe.before_commit")
    failpoint("observe.after_commit")


def _next(job: Job, spec: Spec, day: datetime, over: datetime) -> NewJob:
    """Return the job that comes when another day is over, or its labels are final."""
    due = min(day + DAY + spec.labels.final_after, over + DAY)
    model_id = str(job.payload["model_id"])
    return NewJob(
        job.tenant_id,
        JobKind.OBSERVE,
        f"{model_id}:observe:{day.isoformat()}:{due.isoformat()}",
        {"model_id": model_id, "day": day.isoformat(), "over": over.isoformat()},
        due_at=due,
    )


def _first_day(work: UnitOfWork, job: Job, model: Model) -> datetime:
    if "day" in job.payload:
        return datetime.fromisoformat(str(job.payload["day"]))
    deployments = work.deployments.list(
        job.tenant_id, model_id=model.id, lane=CHAMPION, limit=1_000_000
    )
    return min(day_of(d.live_at) for d in deployments if d.live_at is not None)


def _judge_day(house: House, work: UnitOfWork, model: Model, spec: Spec, day: datetime) -> None:
    now = day + DAY + spec.labels.final_after
    for window in day_windows(house, work, model, day, now):
        work.windows.put(model.tenant_id, window)
        if window.lane == CHAMPION:
            _watch(house, work, model, spec, window, now)


def _watch(  # one day of one model
    house: House, work: UnitOfWork, model: Model, spec: Spec, window: Window, now: datetime
) -> None:
    version = work.versions.find(model.tenant_id, f"{model.id}/{window.version}")
    if version is None:  # made elsewhere, by a version that was never registered here
        return
    stick = accuracy.yardstick(version, spec.metric, spec.monitor)
    open_finding = findings.find_open(work, model, ACCURACY)
    if open_finding is not None and open_finding.version != window.version:
        why = f"version {window.version} took over from version {open_finding.version}"
        findings.end(house, work, spec, open_finding, why, now)
        open_finding = None
    if stick is None:
        return
    detector = _detector(work, model, window)
    if detector is None:
        detector = accuracy.begin(version, CHAMPION, stick)
    after, signal = accuracy.watch(
        detector,
        window,
        stick,
        finding_is_open=open_finding is not None,
        others=_others(work, detector),
    )
    work.detectors.put(model.tenant_id, after)
    if isinstance(signal, accuracy.Opened):
        _open(house, work, model, spec, window.version, signal, now)
    elif isinstance(signal, accuracy.Closed) and open_finding is not None:
        findings.end(house, work, spec, open_finding, signal.why, now)


def _detector(work: UnitOfWork, model: Model, window: Window) -> Detector | None:
    """Return what the detector remembers of this version; a promotion begins anew."""
    seen = work.detectors.find(model.tenant_id, f"{model.id}/{CHAMPION}")
    return seen if seen is not None and seen.version == window.version else None


def _others(work: UnitOfWork, mine: Detector) -> list[float]:
    """Return how strong the evidence is in the tenant's other models, which share its budget."""
    detectors = work.detectors.list(mine.tenant_id, limit=1_000_000)
    gone = {m.id for m in work.models.list(mine.tenant_id, limit=1_000_000) if m.state in GONE}
    beside = [one for one in detectors if one.id != mine.id and one.model_id not in gone]
    return [-math.inf if one.strength is None else one.strength for one in beside]


def _open(  # one finding, all its parts
    house: House,
    work: UnitOfWork,
    model: Model,
    spec: Spec,
    version: int,
    signal: accuracy.Opened,
    now: datetime,
) -> None:
    finding = Finding(
        id=digests.short("f", model.id, ACCURACY, now.isoformat()),
        tenant_id=model.tenant_id,
        model_id=model.id,
        kind=ACCURACY,
        version=version,
        opened_at=now,
        closed_at=None,
        observed=signal.observed,
        expected=signal.expected,
        low=signal.low,
        high=signal.high,
        rows=signal.rows,
        text=signal.text,
    )
    findings.begin(house, work, spec, finding)
