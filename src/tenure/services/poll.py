"""Ask the declared SQL source for labels, and ask again later."""

from datetime import UTC, datetime, timedelta

from tenure.core.clock import ClockMode
from tenure.core.errors import invalid
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.media import PARQUET
from tenure.core.models import Model
from tenure.core.sources import check_source
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import SqlSource
from tenure.ports.tables import Labels
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.join import join_labels
from tenure.services.put_aside import put_aside
from tenure.services.record import business_now
from tenure.services.signature import signature_of

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)

EVERY = timedelta(hours=1)
ROWS = 1_000_000


def labels(house: House, job: Job) -> None:
    """Join what the query gives. Labels that were seen before change nothing.

    The next poll is asked for first, so that a source that fails is asked again whatever becomes
    of this job. A query may tell the same story each time: unknown labels that are final already
    were counted when they became so, and what lies ahead of a replay is not known yet.
    """
    model_id = str(job.payload["model_id"])
    with house.store.work() as work:
        model = work.models.get(job.tenant_id, model_id)
        spec = from_dict(model.spec)
        now = business_now(house, work, job.tenant_id, job)
        if not isinstance(spec.labels.source, SqlSource):
            work.jobs.finish(job)
            return
        signature = signature_of(work, model)
        work.jobs.add([_next(job, model_id, now)])
        failpoint("poll.before_next")
    check_source(house.warehouses, job.tenant_id, spec.labels.source)
    table = _table(house, spec.labels.source)
    found = house.tables.labels_from(table, PARQUET, spec, signature, now, now)
    failpoint("poll.after_receive")
    with house.store.work() as work:
        model = work.models.get(job.tenant_id, model_id, lock=True)
        _take(house, work, model, found, now)
        work.jobs.finish(job)
        failpoint("poll.before_commit")
    failpoint("poll.after_commit")


def _next(job: Job, model_id: str, now: datetime) -> NewJob:
    """Return the next poll, on the hour: whoever asks for it, it is the same job."""
    at = now - (now - BEGIN) % EVERY + EVERY
    key = f"{model_id}:poll_labels:{at.isoformat()}"
    return NewJob(job.tenant_id, JobKind.POLL_LABELS, key, {"model_id": model_id}, due_at=at)


def _table(house: House, source: SqlSource) -> bytes:
    table = house.warehouse.query(source.url, source.query, ROWS + 1)
    if table.height > ROWS:
        raise invalid(
            "label.too_many",
            f"the query for labels gives more than {ROWS:,} rows",
            where="[labels].source",
            hint="let it give the newest ones only: WHERE known_at > now() - interval '30 days'",
        )
    written: bytes = house.tables.write(table)
    return written


def _take(house: House, work: UnitOfWork, model: Model, found: Labels, now: datetime) -> None:
    clock = work.clocks.get(model.tenant_id, model.tenant_id, lock=True)
    as_of = now if clock.mode is ClockMode.REPLAY else clock.collected
    labels = house.tables.read_labels(found.parquet)
    result = join_labels(house, work, model, labels, as_of)
    final = as_of - from_dict(model.spec).labels.final_after
    known_since = {(one.key, one.request_id, one.row): one.at for one in labels}
    waiting = [
        one for one in result.unknown if known_since[one.key, one.request_id, one.row] >= final
    ]
    work.outcomes.keep_waiting(model.tenant_id, model.id, waiting)
    aside = {why: rows for why, rows in found.quarantined.items() if why != "label.future"}
    put_aside(work, model.tenant_id, model.id, aside, now, again=True)
