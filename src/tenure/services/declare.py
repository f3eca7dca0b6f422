"""Declare a model by its spec. Applying twice is applying once."""

from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core import digests
from tenure.core.channels import check_channels
from tenure.core.datasets import DatasetVersion
from tenure.core.errors import conflict
from tenure.core.events import Event, Facts
from tenure.core.lookups import check as check_lookups
from tenure.core.lookups import check_allowed
from tenure.core.models import Mode, Model, ModelState
from tenure.core.recipes import ELSEWHERE
from tenure.core.sources import check_source
from tenure.core.spec.difference import Change, differences
from tenure.core.spec.parse import from_dict, to_dict
from tenure.core.spec.values import Spec
from tenure.core.tenants import SYSTEM, checked_name
from tenure.ports.work import UnitOfWork
from tenure.services import policies, quotas
from tenure.services.datasets import (
    check_alive,
    fixed_signature,
    imported_before,
    live_version,
    reading_of,
)
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.moves import stop_lane
from tenure.services.packages import check_packages
from tenure.services.publish import publish_model
from tenure.services.record import business_now, record
from tenure.services.signature import newest_dataset


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a spec would change, and the work that would follow."""

    model: str
    changes: tuple[Change, ...]
    jobs: tuple[str, ...]
    base: str  # digest of the state the plan was made on

    @property
    def nothing_to_do(self) -> bool:
        """Whether declared and actual agree."""
        return not self.changes and not self.jobs


def plan(house: House, tenant_id: str, spec: Spec, source_digest: str | None) -> Plan:
    """Return the difference between the declared spec and data, and what is there."""
    check_allowed(house.lookups, tenant_id, spec.serve.lookups)
    check_channels(house.channels, tenant_id, spec.monitor.notify)
    check_source(house.warehouses, tenant_id, spec.labels.source)
    with house.store.read() as work:
        work.tenants.get(SYSTEM, tenant_id)
        model = work.models.find(tenant_id, spec.model.name)
        actual = from_dict(model.spec) if model else None
        dataset = newest_dataset(work, model) if model else None
        imported = imported_before(work, model, source_digest, spec) if model else None
        live = live_version(work, model) if model else None
        policies.refuse_loosening(work, tenant_id, spec, actual)
        if model:
            _check(work, model, spec)
    jobs = []
    if source_digest and imported is None:
        jobs.append("import the dataset")
    if spec.model.mode is Mode.EXTERNAL:
        jobs += ["wait for predictions: tenure log"] if model is None else []
    elif live is None and spec.train.recipe == ELSEWHERE:
        jobs += ["wait for a version: tenure version add"]
    elif live is None:
        windows = ", ".join(spec.train.windows)
        jobs += [f"train {spec.train.what} on {windows}", "judge by the policy", "deploy"]
    changes = differences(spec, actual)
    return Plan(f"{tenant_id}/{spec.model.name}", changes, tuple(jobs), _state(model, dataset))


def _state(model: Model | None, dataset: DatasetVersion | None) -> str:
    """Return a digest of everything that a plan is made on."""
    return digests.of_value(
        {"spec": model.spec_digest if model else "", "dataset": dataset.digest if dataset else ""}
    )


def apply(
    house: House, actor: str, tenant_id: str, spec: Spec, *, base: str | None = None
) -> Model:
    """Store the spec as the model's declared life; what follows is the loop's business.

    With the `base` of a plan, raise `plan.stale` when that is no longer how things stand.
    """
    body = to_dict(spec)
    digest = digests.of_value(body)
    check_allowed(house.lookups, tenant_id, spec.serve.lookups)
    check_channels(house.channels, tenant_id, spec.monitor.notify)
    check_source(house.warehouses, tenant_id, spec.labels.source)
    with house.store.work() as work:
        work.tenants.get(SYSTEM, tenant_id)
        if spec.model.tenant != tenant_id:
            raise conflict(
                "spec.other_tenant",
                f"the spec names tenant {spec.model.tenant!r} and was sent to {tenant_id!r}",
            )
        check_packages(work, tenant_id, spec)
        now = business_now(house, work, tenant_id)
        known = work.models.find(tenant_id, spec.model.name)
        if known is not None:
            known = work.models.get(tenant_id, known.id, lock=True)
        if known is None or known.spec_digest != digest:
            before = from_dict(known.spec) if known else None
            policies.refuse_loosening(work, tenant_id, spec, before)
        if base is not None:
            _refuse_stale(work, known, spec, base)
        if known is None:
            quotas.check_model(work, tenant_id)
            model = _declare(house, work, actor, spec, now)
        else:
            model = known
            _check(work, model, spec)
            if model.spec_digest != digest:
                model = _change(house, work, actor, model, spec, now)
        failpoint("apply.before_commit")
    failpoint("apply.after_commit")
    if known is not None:  # how rows are named and logged, and which lanes serve, is published
        publish_model(house, tenant_id, model.id)
    return model


def _refuse_stale(work: UnitOfWork, model: Model | None, spec: Spec, base: str) -> None:
    dataset = newest_dataset(work, model) if model else None
    if _state(model, dataset) != base:
        raise conflict(
            "plan.stale",
            f"{spec.model.tenant}/{spec.model.name} has changed since the plan was made",
            hint="plan again: tenure plan --out …",
        )


def _declare(house: House, work: UnitOfWork, actor: str, spec: Spec, now: datetime) -> Model:
    name, tenant_id = checked_name("model", spec.model.name), spec.model.tenant
    body = to_dict(spec)
    digest = digests.of_value(body)
    model = Model(name, tenant_id, ModelState.ONBOARDING, digest, now, body, declared_by=actor)
    work.models.add(tenant_id, model)
    facts: Facts = {"spec": digest, "state": "onboarding"}
    event = Event("model.declared", tenant_id, name, name, now, facts)
    record(house, work, event, actor=actor, spec=spec)
    return model


def _change(
    house: House, work: UnitOfWork, actor: str, model: Model, spec: Spec, now: datetime
) -> Model:
    """Store the changed spec; lanes that it does not name any more are ended."""
    old, body = from_dict(model.spec), to_dict(spec)
    digest = digests.of_value(body)
    changed = replace(model, spec_digest=digest, spec=body, declared_by=actor)
    work.models.save(model.tenant_id, changed)
    before, after = ({lane.name for lane in one.lanes()} for one in (old, spec))
    for lane in sorted(before - after):
        stop_lane(house, work, changed, lane, now)
    dataset = newest_dataset(work, model)
    is_read_so = dataset is not None and dataset.reading == reading_of(spec)
    facts: Facts = {
        "spec": digest,
        "changed": ", ".join(change.path for change in differences(spec, old)),
        "new_lanes": ",".join(sorted(after - before)),
        "live": live_version(work, model),
        "dataset": dataset.id if dataset is not None and is_read_so else None,
    }
    event = Event("model.changed", model.tenant_id, model.id, digest, now, facts)
    record(house, work, event, actor=actor, spec=spec)
    return changed


def _check(work: UnitOfWork, model: Model, spec: Spec) -> None:
    """Refuse what cannot become of this model: it is no more, or it answers with other columns."""
    check_alive(model)
    signature = fixed_signature(work, model)
    if signature is None:
        return
    check_lookups(spec.serve.lookups, signature.features)
    used = {*spec.data.key, *spec.data.ignore, spec.data.time, spec.labels.event_time}
    known = {column.name: column.type for column in signature.features}
    strange = [c.name for c in spec.features if known.get(c.name) is not c.type]
    lost = [name for name in known if name in used]
    was = from_dict(model.spec)
    if signature.task is not spec.model.task:
        why = f"its task is {signature.task}"
    elif signature.target != spec.data.target:
        why = f"its target is {signature.target!r}"
    elif (was.data.time is None) != (spec.data.time is None):
        why = f"its rows carry {'no time' if was.data.time is None else 'a time'}"
    elif strange or lost:
        why = f"{(strange + lost)[0]!r} would {'become' if strange else 'no longer be'} a feature"
    else:
        return
    raise conflict(
        "model.columns_fixed",
        f"{model.path} is live, and {why}",
        hint="declare another model: [model] name = …; it starts afresh beside this one",
    )
