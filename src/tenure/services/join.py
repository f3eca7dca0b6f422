"""Labels: received at once, joined later by the worker, never lost, never counted twice."""

from dataclasses import dataclass
from datetime import datetime

from tenure.core import digests
from tenure.core.events import Event
from tenure.core.models import Model
from tenure.core.outcomes import LabelBatch
from tenure.core.spec.parse import from_dict
from tenure.ports.work import JoinResult, NewLabel, UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.put_aside import digest_of, put_aside
from tenure.services.record import business_now, record
from tenure.services.signature import signature_of
from tenure.services.windows import refresh_windows

BATCHES = 1000
"""How many batches of a tenant are joined at a time."""


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
        for reason, (rows, sample) in labels.quarantined.items():
            put_aside(work, tenant_id, model_id, reason, rows, sample, now, post=digest_of(data))
        if labels.rows:
            batch = LabelBatch(batch_id, tenant_id, model_id, blob, labels.rows, received, now)
            work.label_batches.put(tenant_id, batch)
        failpoint("labels.before_commit")
    failpoint("labels.after_commit")
    counts = {reason: rows for reason, (rows, _) in labels.quarantined.items()}
    return Receipt(batch_id, labels.rows, counts)


def join_labels(house: House, tenant_ids: list[str]) -> int:
    """Join every posted batch; return how many labels found their prediction."""
    joined = 0
    for tenant_id in tenant_ids:
        while batches := _posted(house, tenant_id):
            for model_id in sorted({batch.model_id for batch in batches}):
                mine = [batch for batch in batches if batch.model_id == model_id]
                joined += _join_model(house, tenant_id, model_id, mine)
    return joined


def _posted(house: House, tenant_id: str) -> list[LabelBatch]:
    """Return the oldest batches that nobody has joined yet."""
    with house.store.read() as work:
        return work.label_batches.list(tenant_id, limit=BATCHES)


def _join_model(house: House, tenant_id: str, model_id: str, batches: list[LabelBatch]) -> int:
    """Join batches of one model, but those that another worker has joined meanwhile."""
    read = {batch.id: house.tables.read_labels(house.blobs.get(batch.blob)) for batch in batches}
    failpoint("join.after_read")
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        there = {batch.id for batch in work.label_batches.list(tenant_id, limit=BATCHES)}
        mine = [batch for batch in batches if batch.id in there]
        waiting = work.outcomes.waiting(tenant_id, model_id)
        posted = [label for batch in mine for label in read[batch.id]]
        result = work.outcomes.join(tenant_id, model_id, [*waiting, *posted])
        _keep(house, work, model, waiting, result)
        for batch in mine:
            work.label_batches.remove(tenant_id, batch.id)
        if result.corrected:
            _correct(house, work, model, result)
        failpoint("join.before_commit")
    failpoint("join.after_commit")
    return result.joined


def _keep(
    house: House, work: UnitOfWork, model: Model, waiting: list[NewLabel], result: JoinResult
) -> None:
    """Keep labels without a prediction until `final_after`, then put them aside."""
    unknown = set(result.unknown)
    found = [label for label in waiting if label not in unknown]
    work.outcomes.drop_waiting(model.tenant_id, model.id, found)
    work.outcomes.keep_waiting(model.tenant_id, model.id, result.unknown)
    now = business_now(house, work, model.tenant_id)
    final = now - from_dict(model.spec).labels.final_after
    late = [label for label in result.unknown if label.at < final]
    if late and (rows := work.outcomes.forget_waiting(model.tenant_id, model.id, final)):
        sample = late[0].key or str(late[0].request_id)
        put_aside(work, model.tenant_id, model.id, "label.unknown", rows, sample, now)
        _say(
            house, work, model, "labels.quarantined", now, {"reason": "label.unknown", "rows": rows}
        )


def _correct(house: House, work: UnitOfWork, model: Model, result: JoinResult) -> None:
    """Say that labels changed, and compute again the windows that used the old ones."""
    now = business_now(house, work, model.tenant_id)
    _say(house, work, model, "labels.corrected", now, {"rows": result.corrected})
    refresh_windows(house, work, model, result.days)


def _say(
    house: House,
    work: UnitOfWork,
    model: Model,
    kind: str,
    at: datetime,
    facts: dict[str, str | int | float | bool | None],
) -> None:
    record(house, work, Event(kind, model.tenant_id, model.id, model.id, at, facts))
