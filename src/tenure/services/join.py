"""Labels: received at once, joined later by the worker, never lost, never counted twice."""

from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core import digests
from tenure.core.errors import Kind, TenureError
from tenure.core.events import Event, Facts
from tenure.core.models import Model
from tenure.core.outcomes import LabelBatch
from tenure.core.spec.parse import from_dict
from tenure.ports.outcomes import JoinResult, Made, NewLabel
from tenure.ports.work import UnitOfWork
from tenure.services import elsewhere
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.put_aside import digest_of, put_aside
from tenure.services.record import business_now, record
from tenure.services.signature import signature_of
from tenure.services.windows import refresh_windows

MOST_ROWS = 200_000
"""Labels that are joined in one unit of work."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was taken in: an id to ask for, and how many rows."""

    batch_id: str
    rows: int
    quarantined: dict[str, int]


def receive(
    house: House, tenant_id: str, model_id: str, data: bytes, media: str, *, sent_by: str = ""
) -> Receipt:
    """Take labels in (JSON, CSV or Parquet bytes); the worker joins them.

    Malformed rows are put aside and counted, the good ones kept. The same bytes posted again are
    joined again, which changes nothing: repeated labels are ignored.
    """
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        signature = signature_of(work, model)
        now = business_now(house, work, tenant_id)
        horizon = work.clocks.get(tenant_id, tenant_id).horizon
    labels = house.tables.labels_from(data, media, from_dict(model.spec), signature, now, horizon)
    blob = house.blobs.put(labels.parquet)
    failpoint("labels.after_blob")
    received = house.clock.now()
    batch_id = digests.short("lb", tenant_id, model_id, blob, received.isoformat(), sent_by)
    with house.store.work() as work:
        work.models.get(tenant_id, model_id, lock=True)  # or two posts would count at once
        put_aside(work, tenant_id, model_id, labels.quarantined, now, post=digest_of(data))
        if labels.rows:
            batch = LabelBatch(batch_id, tenant_id, model_id, blob, labels.rows, received, now)
            work.label_batches.put(tenant_id, batch)
        failpoint("labels.before_commit")
    failpoint("labels.after_commit")
    counts = {reason: rows for reason, (rows, _) in labels.quarantined.items()}
    return Receipt(batch_id, labels.rows, counts)


def join_posted(house: House, tenant_id: str, batches: list[LabelBatch]) -> int:
    """Join a tenant's batches and those posted meanwhile; return how many found their prediction."""
    joined = 0
    while batches:
        for model_id in sorted({batch.model_id for batch in batches}):
            mine = [batch for batch in batches if batch.model_id == model_id]
            joined += sum(_join_batches(house, some) for some in _portions(mine))
        with house.store.read() as work:
            batches = work.label_batches.list(tenant_id)
    return joined


def _portions(batches: list[LabelBatch]) -> list[list[LabelBatch]]:
    """Return the batches in order, in portions that one unit of work can take."""
    portions: list[list[LabelBatch]] = []
    rows = MOST_ROWS
    for batch in batches:
        if rows + batch.rows > MOST_ROWS:
            portions.append([])
            rows = 0
        portions[-1].append(batch)
        rows += batch.rows
    return portions


def _join_batches(house: House, batches: list[LabelBatch]) -> int:
    """Join batches of one model, but those that another worker has joined meanwhile.

    A batch that is damaged is put aside.
    """
    tenant_id, model_id = batches[0].tenant_id, batches[0].model_id
    read, damaged = _labels_of(house, batches)
    failpoint("join.after_read")
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        clock = work.clocks.get(tenant_id, tenant_id, lock=True)
        mine = [batch for batch in batches if work.label_batches.find(tenant_id, batch.id)]
        posted = [label for batch in mine for label in read.get(batch.id, ())]
        result = join_labels(house, work, model, posted, clock.collected)
        work.outcomes.keep_waiting(tenant_id, model_id, result.unknown)
        now = business_now(house, work, tenant_id)
        for batch in mine:
            if batch.id in damaged:
                lost = {"label.unreadable": (batch.rows, damaged[batch.id])}
                put_aside(work, tenant_id, model_id, lost, now)
            work.label_batches.remove(tenant_id, batch.id)
        failpoint("join.before_commit")
    failpoint("join.after_commit")
    return result.joined


def _labels_of(
    house: House, batches: list[LabelBatch]
) -> tuple[dict[str, list[NewLabel]], dict[str, str]]:
    """Return the labels of each batch, and why others are damaged."""
    read, damaged = {}, {}
    for batch in batches:
        try:
            read[batch.id] = house.tables.read_labels(house.blobs.get(batch.blob))
        except TenureError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise
            damaged[batch.id] = error.message
    return read, damaged


def join_labels(
    house: House, work: UnitOfWork, model: Model, labels: list[NewLabel], as_of: datetime
) -> JoinResult:
    """Join labels in the caller's unit of work; windows of judged days are computed again.

    A label that comes when its time has been judged counts as known `as_of` now: a race that was
    run meanwhile did not know it, and the next one has to learn it.
    """
    dated = [label if label.at >= as_of else replace(label, at=as_of) for label in labels]
    result = work.outcomes.join(model.tenant_id, model.id, dated)
    if result.corrected:
        _say(house, work, model, "labels.corrected", {"rows": result.corrected})
    refresh_windows(house, work, model, result.days)
    if result.days:
        days = [day.isoformat() for day in result.days]
        elsewhere.ask(
            work, model.tenant_id, model.id, [*days, as_of.isoformat(), str(result.joined)]
        )
    return result


def join_waiting(house: House, work: UnitOfWork, model: Model, made: Made) -> None:
    """Join the labels that waited for these predictions."""
    waiting = work.outcomes.waiting(model.tenant_id, model.id, answered_by=made)
    if not waiting:
        return
    clock = work.clocks.get(model.tenant_id, model.tenant_id, lock=True)
    join_labels(house, work, model, waiting, clock.collected)
    work.outcomes.drop_waiting(model.tenant_id, model.id, waiting)


def forget_labels(house: House, tenant_id: str, now: datetime) -> None:
    """Put aside the labels that have waited for `[labels].final_after` without a prediction."""
    with house.store.read() as work:
        models = work.models.list(tenant_id, limit=1_000_000)
        waiting = [model for model in models if work.outcomes.waiting(tenant_id, model.id, limit=1)]
    for model in waiting:
        with house.store.work() as work:
            _forget(house, work, model, now)


def _forget(house: House, work: UnitOfWork, model: Model, now: datetime) -> None:
    final = now - from_dict(model.spec).labels.final_after
    oldest = work.outcomes.waiting(model.tenant_id, model.id, limit=1)
    rows = work.outcomes.forget_waiting(model.tenant_id, model.id, final)
    if rows:
        sample = oldest[0].key or str(oldest[0].request_id)
        put_aside(work, model.tenant_id, model.id, {"label.unknown": (rows, sample)}, now)
        facts: Facts = {"reason": "label.unknown", "rows": rows}
        _say(house, work, model, "labels.quarantined", facts)


def _say(house: House, work: UnitOfWork, model: Model, kind: str, facts: Facts) -> None:
    at = business_now(house, work, model.tenant_id)
    record(house, work, Event(kind, model.tenant_id, model.id, model.id, at, facts))
