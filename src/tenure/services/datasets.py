"""Dataset versions: a client's rows become one, and so does what a race finds in the log."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tenure.core import digests
from tenure.core.datasets import DatasetVersion, Segment, manifest_digest
from tenure.core.deployments import CHAMPION, DeploymentState
from tenure.core.errors import conflict
from tenure.core.events import Event, Facts
from tenure.core.lookups import check as check_lookups
from tenure.core.models import GONE, Model
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict, to_dict
from tenure.core.spec.values import Spec
from tenure.ports.tables import Imported
from tenure.ports.work import UnitOfWork
from tenure.services import quotas
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.put_aside import put_aside
from tenure.services.record import business_now, record
from tenure.services.signature import newest_dataset

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Import:
    """One table as it was read: its rows, and what it was made of."""

    imported: Imported
    segment: Segment
    source: str
    reading: str


def import_dataset(
    house: House, actor: str, tenant_id: str, model_id: str, data: bytes, media: str
) -> DatasetVersion:
    """Import rows (CSV or Parquet bytes) as a new dataset version.

    The same bytes as last time, read in the same way, are the same version. Rows that cannot be
    used are put aside, counted and shown; the good ones are kept. Raises `quota.storage`.
    """
    source = digests.of_bytes(data)
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        check_alive(model)
        spec = from_dict(model.spec)
        if (seen := imported_before(work, model, source, spec)) is not None:
            return seen
        quotas.check_storage(work, tenant_id, len(data))
        now = business_now(house, work, tenant_id)
        signature = fixed_signature(work, model)
    imported = house.tables.import_rows(data, media, spec, signature, now)
    check_lookups(spec.serve.lookups, imported.signature.features)
    blob = house.blobs.put(imported.parquet)
    failpoint("import.after_blob")
    segment = Segment(blob, imported.rows, len(imported.parquet))
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        if (seen := imported_before(work, model, source, spec)) is not None:
            return seen
        found = _Import(imported, segment, source, reading_of(spec))
        dataset = _commit(house, work, actor, model, found, now)
        failpoint("import.before_commit")
    failpoint("import.after_commit")
    return dataset


def imported_before(
    work: UnitOfWork, model: Model, source: str | None, spec: Spec
) -> DatasetVersion | None:
    """Return the version of the last import when it was of these bytes, read as the spec says."""
    versions = work.datasets.list(model.tenant_id, model_id=model.id, limit=1_000_000)
    last = next((one for one in reversed(versions) if one.source_digest), None)
    if last is None or (last.source_digest, last.reading) != (source, reading_of(spec)):
        return None
    return last


def reading_of(spec: Spec) -> str:
    """Return the digest of all that decides how a table is read."""
    body = to_dict(spec)
    data = body["data"]
    columns = {k: v for k, v in data.items() if k != "source"} if isinstance(data, dict) else {}
    features, known = body.get("features", {}), spec.labels.event_time
    return digests.of_value([spec.model.task.value, columns, features, known])


def live_version(work: UnitOfWork, model: Model) -> int | None:
    """Return the version that answers, if any."""
    live = work.deployments.list(
        model.tenant_id, model_id=model.id, lane=CHAMPION, state=DeploymentState.LIVE
    )
    return live[0].version if live else None


def fixed_signature(work: UnitOfWork, model: Model) -> Signature | None:
    """Return the columns that a live model holds on to; before that each import finds its own."""
    newest = newest_dataset(work, model)
    return newest.signature if newest and live_version(work, model) is not None else None


def check_alive(model: Model) -> None:
    """Raise `model.decommissioned` for a model that is no more."""
    if model.state in GONE:
        raise conflict("model.decommissioned", f"{model.path} was decommissioned")


def _commit(
    house: House, work: UnitOfWork, actor: str, model: Model, found: _Import, now: datetime
) -> DatasetVersion:
    """Commit the rows as the model's newest version; a race follows when nothing is live yet.

    What the log of a live model has learnt since the table's last label is learnt again by the
    next race; where rows carry no time nobody can tell, and it is kept.
    """
    parent = newest_dataset(work, model)
    is_live = live_version(work, model) is not None
    segments: tuple[Segment, ...] = (found.segment,)
    known_until = now
    if is_live and parent is not None:
        last = found.imported.last_known
        segments += parent.segments[1:] if last is None else ()
        known_until = parent.known_until if last is None else min(now, last + INSTANT)
    signature = found.imported.signature
    number = parent.number + 1 if parent else 1
    digest = manifest_digest(signature.features, segments)
    dataset = DatasetVersion(
        id=digests.short("ds", model.id, number, digest),
        tenant_id=model.tenant_id,
        model_id=model.id,
        number=number,
        digest=digest,
        segments=segments,
        rows=sum(segment.rows for segment in segments),
        signature=signature,
        known_until=known_until,
        created_at=now,
        parent=parent.id if parent else None,
        source_digest=found.source,
        quarantined={reason: rows for reason, (rows, _) in found.imported.quarantined.items()},
        reading=found.reading,
    )
    work.datasets.add(model.tenant_id, dataset)
    put_aside(
        work, model.tenant_id, model.id, found.imported.quarantined, now, post=found.source[7:19]
    )
    record_commit(house, work, actor, dataset, "refresh" if is_live else "onboarding")
    return dataset


def version_with(parent: DatasetVersion, fresh: Segment, at: datetime) -> DatasetVersion:
    """Return the version after `parent` that has learnt more rows, until `at`."""
    segments = (*parent.segments, fresh)
    digest = manifest_digest(parent.signature.features, segments)
    return replace(
        parent,
        id=digests.short("ds", parent.model_id, parent.number + 1, digest),
        number=parent.number + 1,
        digest=digest,
        segments=segments,
        rows=parent.rows + fresh.rows,
        known_until=at,
        created_at=at,
        parent=parent.id,
        source_digest="",
        quarantined=None,
    )


def record_commit(
    house: House, work: UnitOfWork, actor: str, dataset: DatasetVersion, cause: str
) -> None:
    """Record that a dataset version was committed."""
    facts: Facts = {
        "cause": cause,
        "digest": dataset.digest,
        "rows": dataset.rows,
        "number": dataset.number,
    }
    tenant_id, model_id = dataset.tenant_id, dataset.model_id
    at = dataset.created_at
    event = Event("dataset.committed", tenant_id, model_id, dataset.id, at, facts)
    spec = from_dict(work.models.get(tenant_id, model_id).spec)
    record(house, work, event, actor=actor, spec=spec)
