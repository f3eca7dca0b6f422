"""Compact: small chunks of logged predictions become one, row for row.

The merged object is written first; one unit of work then swaps the names. The old objects are
garbage from there on and deleted later, so that whoever reads them now reads to the end.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tenure.core import compaction
from tenure.core.calendar import DAY
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.outcomes import Chunk
from tenure.ports.work import UnitOfWork
from tenure.services import chunks, garbage
from tenure.services.failpoints import failpoint
from tenure.services.house import House

_UNNAMED = timedelta(days=1)
"""After a crash between writing an object and naming it: when it is deleted."""


def ask(work: UnitOfWork, fresh: Iterable[Chunk]) -> None:
    """Ask for the merging of these chunks, in the unit of work that records them.

    Each week is compacted a day after its end, and a day that has many chunks at once.
    """
    for chunk in fresh:
        week = compaction.week_of(chunk.day)
        until = week + compaction.WEEK
        weekly = _job(chunk, week.date().isoformat(), (week, until), until + DAY)
        day = {"model_id": chunk.model_id, "day": chunk.day}
        if work.chunks.count(chunk.tenant_id, **day) % compaction.MANY == 0:
            work.jobs.add([weekly, _job(chunk, chunk.id, (chunk.day, chunk.day + DAY), chunk.day)])
        else:
            work.jobs.add([weekly])


def merge(house: House, job: Job) -> None:
    """Merge what is small in the days of the job; done again it finds nothing to do."""
    garbage.sweep(house, job.tenant_id)
    since, until = (datetime.fromisoformat(str(job.payload[name])) for name in ("since", "until"))
    model_id = str(job.payload["model_id"])
    with house.store.read() as work:
        found = work.chunks.list(
            job.tenant_id, model_id=model_id, day__gte=since, day__lt=until, limit=1_000_000
        )
    for group in compaction.groups(found):
        _merge(house, group)
    with house.store.work() as work:
        work.jobs.finish(job)
        failpoint("compact.before_finish")


def _merge(house: House, group: tuple[Chunk, ...]) -> None:
    """Swap a group for one chunk, unless somebody else has touched one of them meanwhile."""
    tenant_id, model_id = group[0].tenant_id, group[0].model_id
    merged, data = chunks.merge(house, group)
    with house.store.work() as work:  # a crash before the swap must not leave it for ever
        garbage.discard(house, work, tenant_id, model_id, [merged.digest], grace=_UNNAMED)
    failpoint("compact.before_blob")
    house.blobs.put(data)
    failpoint("compact.after_blob")
    with house.store.work() as work:
        work.models.get(tenant_id, model_id, lock=True)  # two workers would merge the same rows
        if all(work.chunks.find(tenant_id, chunk.id) for chunk in group):
            for chunk in group:
                work.chunks.remove(tenant_id, chunk.id)
            work.chunks.put(tenant_id, merged)
            work.garbage.remove(tenant_id, merged.digest)
            garbage.discard(house, work, tenant_id, model_id, [chunk.digest for chunk in group])
        failpoint("compact.before_commit")
    failpoint("compact.after_commit")


def _job(chunk: Chunk, name: str, span: tuple[datetime, datetime], due: datetime) -> NewJob:
    since, until = (at.isoformat() for at in span)
    payload: dict[str, str | int | None] = {
        "model_id": chunk.model_id,
        "since": since,
        "until": until,
    }
    key = f"{chunk.model_id}:compact:{name}"
    return NewJob(chunk.tenant_id, JobKind.COMPACT, key, payload, due_at=due)
