"""Compute profiles again from the log, a span at a time: the answer is that of collecting, exactly.

A span is a day, or thirty days where they have been folded into one window. What was collected in a
span meanwhile is seen, and the span is computed again.
"""

from collections.abc import Iterable
from datetime import datetime

from tenure.core.calendar import DAY
from tenure.core.events import Event, Facts
from tenure.core.grains import Grain, ProfileWindow
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.models import Model
from tenure.core.outcomes import Chunk
from tenure.ports.work import UnitOfWork
from tenure.services import chunks, profiling
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.profiling import Counted, Part
from tenure.services.record import business_now, record

_MOST = 1_000_000
Span = tuple[datetime, datetime]


def ask(house: House, actor: str, tenant_id: str, model_id: str, reason: str) -> NewJob:
    """Ask for a model's profiles to be computed again; returns the job that does it."""
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        now = business_now(house, work, tenant_id)
        asked = house.clock.now().isoformat()
        key = f"{model_id}:reprofile:{asked}"
        job = NewJob(tenant_id, JobKind.REPROFILE, key, {"model_id": model_id})
        if work.jobs.add([job]):
            facts: Facts = {"reason": reason, "job": key}
            event = Event("profiles.asked", tenant_id, model.id, model.id, now, facts)
            record(house, work, event, actor=actor)
    return job


def run(house: House, job: Job) -> None:
    """Do what was asked for; done again it leaves the same."""
    model_id = str(job.payload["model_id"])
    rows = rebuild(house, job.tenant_id, model_id)
    with house.store.work() as work:
        now = business_now(house, work, job.tenant_id, job)
        event = Event("profiles.rebuilt", job.tenant_id, model_id, model_id, now, {"rows": rows})
        record(house, work, event)
        work.jobs.finish(job)
        failpoint("reprofile.before_finish")


def rebuild(house: House, tenant_id: str, model_id: str) -> int:
    """Compute a model's windows again; return how many rows were counted.

    Where the log of a span was deleted, or a part of thirty days of it, its windows stay.
    """
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        days = {chunk.day for chunk in _chunks(work, model, None)}
        months = work.profiles.list(tenant_id, model_id=model_id, grain=Grain.MONTH, limit=_MOST)
    rows = 0
    for span in sorted({_span(day, months) for day in days}):
        found = None
        while found is None:
            found = _again(house, model, span)
        rows += found
    return rows


def _span(day: datetime, months: Iterable[ProfileWindow]) -> Span:
    month = next((one for one in months if one.since <= day < one.until), None)
    return (day, day + DAY) if month is None else (month.since, month.until)


def _again(house: House, model: Model, span: Span) -> int | None:
    """Return how many rows a span has; None when it has changed while it was counted."""
    with house.store.read() as work:
        found = _chunks(work, model, span)
    is_day = span[1] - span[0] == DAY
    parts: list[Part] = []
    for day in sorted({chunk.day for chunk in found}):
        rows = chunks.unpack(house, [chunk for chunk in found if chunk.day == day])
        grain = Grain.HOUR if is_day else Grain.DAY
        parts += profiling.count(house, {(model.tenant_id, model.id): rows}, grain).parts
    many = sum(part.tally.rows for part in parts)
    failpoint("reprofile.after_counting")
    with house.store.work() as work:
        # collecting locks it too: until the commit nothing is added to this span
        work.clocks.get(model.tenant_id, model.tenant_id, lock=True)
        if {one.id for one in _chunks(work, model, span)} != {one.id for one in found}:
            return None
        old = _windows(work, model, span)
        if not is_day and sum(one.rows for one in old if not one.segment) > many:
            return 0
        for one in old:
            work.profiles.remove(model.tenant_id, one.id)
        profiling.add(work, Counted(tuple(parts)))
        failpoint("reprofile.before_commit")
    failpoint("reprofile.after_commit")
    return many


def _windows(work: UnitOfWork, model: Model, span: Span) -> list[ProfileWindow]:
    since, until = span
    return work.profiles.list(
        model.tenant_id, model_id=model.id, since__gte=since, since__lt=until, limit=_MOST
    )


def _chunks(work: UnitOfWork, model: Model, span: Span | None) -> list[Chunk]:
    tenant_id = model.tenant_id
    if span is None:
        return work.chunks.list(tenant_id, model_id=model.id, limit=_MOST)
    since, until = span
    return work.chunks.list(
        tenant_id, model_id=model.id, day__gte=since, day__lt=until, limit=_MOST
    )
