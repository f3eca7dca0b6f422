"""Declare a model by its spec, and import its first rows. Applying twice is applying once."""

from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core import digests
from tenure.core.datasets import DatasetVersion, Segment, manifest_digest
from tenure.core.deployments import CHAMPION, DeploymentState
from tenure.core.errors import conflict
from tenure.core.events import Event
from tenure.core.models import Model, ModelState
from tenure.core.spec.difference import Change, differences
from tenure.core.spec.parse import from_dict, to_dict
from tenure.core.spec.values import Spec
from tenure.core.tenants import SYSTEM, checked_name
from tenure.ports.tables import Imported
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.put_aside import put_aside
from tenure.services.record import business_now, record
from tenure.services.signature import newest_dataset


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a spec would change, and the work that would follow."""

    model: str
    changes: tuple[Change, ...]
    jobs: tuple[str, ...]
    base: str  # digest of the state the plan was made on; `apply` refuses a stale plan

    @property
    def nothing_to_do(self) -> bool:
        """Whether declared and actual agree."""
        return not self.changes and not self.jobs


def plan(house: House, tenant_id: str, spec: Spec, source_digest: str | None) -> Plan:
    """Return the difference between the declared spec and data, and what is there."""
    with house.store.read() as work:
        work.tenants.get(SYSTEM, tenant_id)
        model = work.models.find(tenant_id, spec.model.name)
        actual = from_dict(model.spec) if model else None
        dataset = newest_dataset(work, model) if model else None
        imported = _imported(work, model, source_digest) if model else None
        live = _is_live(work, model) if model else False
    jobs = []
    if source_digest and imported is None:
        jobs.append("import the dataset")
    if not live:
        windows = ", ".join(spec.train.windows)
        jobs += [f"train {spec.train.recipe} on {windows}", "judge by the policy", "deploy"]
    state = digests.of_value(
        {"spec": model.spec_digest if model else "", "dataset": dataset.digest if dataset else ""}
    )
    return Plan(f"{tenant_id}/{spec.model.name}", differences(spec, actual), tuple(jobs), state)


def apply(house: House, actor: str, tenant_id: str, spec: Spec) -> Model:
    """Store the spec as the model's declared life; what follows is the loop's business."""
    body = to_dict(spec)
    digest = digests.of_value(body)
    with house.store.work() as work:
        work.tenants.get(SYSTEM, tenant_id)
        if spec.model.tenant != tenant_id:
            raise conflict(
                "spec.other_tenant",
                f"the spec names tenant {spec.model.tenant!r} and was sent to {tenant_id!r}",
            )
        now = business_now(house, work, tenant_id)
        model = work.models.find(tenant_id, spec.model.name)
        if model is None:
            model = _declare(house, work, actor, spec, digest, now)
        elif model.spec_digest != digest:
            model = _change(house, work, actor, model, spec, digest, now)
        failpoint("apply.before_commit")
    failpoint("apply.after_commit")
    return model


def _declare(
    house: House, work: UnitOfWork, actor: str, spec: Spec, digest: str, now: datetime
) -> Model:
    name = checked_name("model", spec.model.name)
    tenant_id = spec.model.tenant
    model = Model(name, tenant_id, ModelState.ONBOARDING, digest, now, to_dict(spec))
    work.models.add(tenant_id, model)
    facts: dict[str, str | int | float | bool | None] = {"spec": digest, "state": "onboarding"}
    event = Event("model.declared", tenant_id, name, name, now, facts)
    record(house, work, event, actor=actor, spec=spec)
    return model


def _change(  # one change, all its parts
    house: House,
    work: UnitOfWork,
    actor: str,
    model: Model,
    spec: Spec,
    digest: str,
    now: datetime,
) -> Model:
    if model.state in {ModelState.DECOMMISSIONING, ModelState.DECOMMISSIONED}:
        raise conflict("model.decommissioned", f"{model.path} was decommissioned")
    old = from_dict(model.spec)
    changed = replace(model, spec_digest=digest, spec=to_dict(spec))
    work.models.save(model.tenant_id, changed)
    new_lanes = {lane.name for lane in spec.lanes()} - {lane.name for lane in old.lanes()}
    live = _live_version(work, model)
    dataset = newest_dataset(work, model)
    facts: dict[str, str | int | float | bool | None] = {
        "spec": digest,
        "changed": ", ".join(change.path for change in differences(spec, old)),
        "new_lanes": ",".join(sorted(new_lanes)),
        "live": live,
        "dataset": dataset.id if dataset is not None else None,
    }
    event = Event("model.changed", model.tenant_id, model.id, digest, now, facts)
    record(house, work, event, actor=actor, spec=spec)
    return changed


def import_dataset(
    house: House, actor: str, tenant_id: str, model_id: str, data: bytes, media: str
) -> DatasetVersion:
    """Import rows (CSV or Parquet bytes) as a new dataset version; the same bytes are one version.

    Rows that cannot be used are put aside, counted and shown; the good ones are kept.
    """
    source = digests.of_bytes(data)
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        if (seen := _imported(work, model, source)) is not None:
            return seen
        now = business_now(house, work, tenant_id)
        newest = newest_dataset(work, model)
    spec = from_dict(model.spec)
    signature = newest.signature if newest else None
    imported = house.tables.import_rows(data, media, spec, signature, now)
    blob = house.blobs.put(imported.parquet)
    failpoint("import.after_blob")
    segment = Segment(blob, imported.rows, len(imported.parquet))
    with house.store.work() as work:
        work.models.get(tenant_id, model_id, lock=True)
        if (seen := _imported(work, model, source)) is not None:
            return seen
        dataset = _commit(house, work, actor, model, imported, segment, source, now)
        failpoint("import.before_commit")
    failpoint("import.after_commit")
    return dataset


def _commit(  # noqa: PLR0913, PLR0917  # one commit, all its parts
    house: House,
    work: UnitOfWork,
    actor: str,
    model: Model,
    imported: Imported,
    segment: Segment,
    source: str,
    now: datetime,
) -> DatasetVersion:
    parent = newest_dataset(work, model)
    counts = {reason: rows for reason, (rows, _) in imported.quarantined.items()}
    dataset = new_version(
        model, parent, (segment,), imported, now, source_digest=source, quarantined=counts
    )
    work.datasets.add(model.tenant_id, dataset)
    put_aside(work, model.tenant_id, model.id, imported.quarantined, now)
    cause = "refresh" if _is_live(work, model) else "onboarding"
    record_commit(house, work, actor, dataset, cause, from_dict(model.spec))
    return dataset


def new_version(
    model: Model,
    parent: DatasetVersion | None,
    segments: tuple[Segment, ...],
    imported: Imported | None,
    now: datetime,
    *,
    source_digest: str = "",
    quarantined: dict[str, int] | None = None,
) -> DatasetVersion:
    """Return the version after `parent` with exactly these segments."""
    signature = imported.signature if imported else parent.signature if parent else None
    if signature is None:
        raise ValueError(model.path)
    digest = manifest_digest(signature.features, segments)
    number = parent.number + 1 if parent else 1
    return DatasetVersion(
        id=digests.short("ds", model.id, number, digest),
        tenant_id=model.tenant_id,
        model_id=model.id,
        number=number,
        digest=digest,
        segments=segments,
        rows=sum(segment.rows for segment in segments),
        signature=signature,
        known_until=now,
        created_at=now,
        parent=parent.id if parent else None,
        source_digest=source_digest,
        quarantined=quarantined,
    )


def record_commit(
    house: House, work: UnitOfWork, actor: str, dataset: DatasetVersion, cause: str, spec: Spec
) -> None:
    """Record that a dataset version was committed."""
    facts: dict[str, str | int | float | bool | None] = {
        "cause": cause,
        "digest": dataset.digest,
        "rows": dataset.rows,
        "number": dataset.number,
    }
    event = Event(
        "dataset.committed",
        dataset.tenant_id,
        dataset.model_id,
        dataset.id,
        dataset.created_at,
        facts,
    )
    record(house, work, event, actor=actor, spec=spec)


def _imported(work: UnitOfWork, model: Model, source: str | None) -> DatasetVersion | None:
    if source is None:
        return None
    versions = work.datasets.list(model.tenant_id, model_id=model.id, limit=1_000_000)
    return next((v for v in versions if v.source_digest == source), None)


def _is_live(work: UnitOfWork, model: Model) -> bool:
    return _live_version(work, model) is not None


def _live_version(work: UnitOfWork, model: Model) -> int | None:
    live = work.deployments.list(
        model.tenant_id, model_id=model.id, lane=CHAMPION, state=DeploymentState.LIVE
    )
    return live[0].version if live else None
