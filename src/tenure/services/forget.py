"""Forget: predictions that were kept for `[retire].keep_predictions` are deleted, whole days at once.

The ledger says how many, and the digests of the objects. Windows and figures that were computed of
them stay, and so do the dataset versions that learnt from them.
"""

from datetime import datetime

from tenure.core.calendar import DAY, day_of
from tenure.core.events import Event, Facts
from tenure.core.jobs import Job, JobKind, JobState, NewJob
from tenure.core.models import Model
from tenure.core.outcomes import Chunk
from tenure.core.spec.parse import from_dict
from tenure.ports.work import UnitOfWork
from tenure.services import garbage
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record

_NO_GRACE = 0 * DAY
_ALL = 1_000_000


def predictions(house: House, job: Job) -> None:
    """Delete what is old enough by now, and look again tomorrow while the spec asks for it."""
    model_id = str(job.payload["model_id"])
    with house.store.work() as work:
        model = work.models.get(job.tenant_id, model_id, lock=True)
        keep = from_dict(model.spec).retire.keep_predictions
        now = business_now(house, work, job.tenant_id, job)
        if keep is not None:
            _forget(house, work, model, min(day_of(now - keep), _first_unjudged(work, model)), now)
            work.jobs.add([_next(model, day_of(now) + DAY)])
        work.jobs.finish(job)
        failpoint("forget.before_commit")
    failpoint("forget.after_commit")
    garbage.sweep(house, job.tenant_id)


def _forget(house: House, work: UnitOfWork, model: Model, before: datetime, now: datetime) -> None:
    old = work.chunks.list(model.tenant_id, model_id=model.id, day__lt=before, limit=_ALL)
    for day in sorted({chunk.day for chunk in old}):
        _forget_day(house, work, model, [chunk for chunk in old if chunk.day == day], now)
    work.outcomes.forget(model.tenant_id, model.id, before)


def _forget_day(
    house: House, work: UnitOfWork, model: Model, old: list[Chunk], now: datetime
) -> None:
    day, objects = old[0].day, [chunk.digest for chunk in old]
    waited = work.outcomes.forget(model.tenant_id, model.id, day + DAY)
    for chunk in old:
        work.chunks.remove(model.tenant_id, chunk.id)
    garbage.discard(house, work, model.tenant_id, model.id, objects, grace=_NO_GRACE)
    facts: Facts = {
        "day": day.date().isoformat(),
        "rows": sum(chunk.rows for chunk in old),
        "outcomes": waited,
        "objects": " ".join(sorted(objects)),
    }
    event = Event("predictions.forgotten", model.tenant_id, model.id, model.id, now, facts)
    record(house, work, event)


def _first_unjudged(work: UnitOfWork, model: Model) -> datetime:
    """Return the first day whose answers may still have to be judged; the end of time for none."""
    far = datetime.max.replace(tzinfo=model.created_at.tzinfo)
    days = [far]
    for state in (JobState.READY, JobState.LEASED):
        for job in work.jobs.list(model.tenant_id, state=state, limit=_ALL):
            if job.kind is JobKind.OBSERVE and job.payload["model_id"] == model.id:
                day = job.payload.get("day")
                first = model.created_at if day is None else datetime.fromisoformat(str(day))
                days.append(day_of(first))
    return min(days)


def _next(model: Model, at: datetime) -> NewJob:
    key = f"{model.id}:forget:{at.isoformat()}"
    return NewJob(model.tenant_id, JobKind.FORGET, key, {"model_id": model.id}, due_at=at)
