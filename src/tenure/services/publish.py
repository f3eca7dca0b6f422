"""Tell serving what to do: the index is a function of what the database says.

Rebuilding happens under a row lock, so that two processes never publish out of order. A crash
between the record and the act is mended by the next rebuild, which every process does at start.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from tenure.core.deployments import (
    CANDIDATE,
    CHAMPION,
    PINNED,
    Deployment,
    serving,
    to_go_back_to,
)
from tenure.core.errors import Kind, TenureError
from tenure.core.keys import Permission
from tenure.core.limits import Limits
from tenure.core.models import GONE, Model
from tenure.core.routing import Split
from tenure.core.spec.parse import from_dict
from tenure.core.tenants import SYSTEM
from tenure.core.versions import Assurance
from tenure.ports.releases import Arm, Index, KeyGrant, Notice, Release, alive
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House

NEWEST = 5
"""Newest approved versions that may be asked for by URL."""
PATIENCE = timedelta(seconds=15)
"""How long a serving process may take to warm a version before the job is tried again."""


def publish_model(house: House, tenant_id: str, model_id: str) -> int:
    """Publish the release of one model as the database has it; return the generation."""
    with house.store.work() as work:
        _lock(work)
        index = house.releases.index()
        changed = _with_model(house, work, index, work.models.get(tenant_id, model_id))
        return _point(house, index, changed)


def wait_until_applied(house: House, tenant_id: str, model_id: str, generation: int) -> str:
    """Wait until every living serving process has applied the generation.

    Returns "" or the reason why one could not. Without any serving process there is nobody to
    wait for: the first one to start applies the index before it is ready.
    """
    path = f"{tenant_id}/{model_id}"
    deadline = house.clock.now() + PATIENCE
    while True:
        now = house.clock.now()
        living = alive(house.releases, now)
        for ack in living:
            if ack.failed and path in ack.failed and ack.generation >= generation:
                return ack.failed[path]
        if all(ack.generation >= generation for ack in living):
            return ""
        if now > deadline:
            raise TenureError(
                Kind.UNAVAILABLE,
                "deployment.not_acknowledged",
                f"serving has not applied generation {generation} of {path}",
                hint="is serving overloaded or stopped? tenure doctor",
            )
        house.clock.sleep(0.01)


def publish_keys(house: House) -> int:
    """Publish which keys may predict; return the generation."""
    with house.store.work() as work:
        _lock(work)
        index = house.releases.index()
        return _point(house, index, replace(index, keys=_grants(house, work)))


def publish_rates(house: House) -> int:
    """Publish how often tenants with a quota may ask; return the generation."""
    with house.store.work() as work:
        _lock(work)
        index = house.releases.index()
        return _point(house, index, replace(index, rates=_rates(work)))


def publish_all(house: House) -> int:
    """Publish everything; what every control process does at its start."""
    with house.store.work() as work:
        _lock(work)
        index = house.releases.index()
        changed = replace(index, keys=_grants(house, work), rates=_rates(work))
        for tenant in work.tenants.list(SYSTEM, limit=1_000_000):
            for model in work.models.list(tenant.id, limit=1_000_000):
                changed = _with_model(house, work, changed, model)
        return _point(house, index, changed)


def raise_barrier(house: House) -> int:
    """Ask serving to flush its log; return the number it will acknowledge."""
    with house.store.work() as work:
        _lock(work)
        index = house.releases.index()
        changed = replace(index, barrier=index.barrier + 1)
        _point(house, index, changed)
        return changed.barrier


def _lock(work: UnitOfWork) -> None:
    """Serialise publishing over all processes: the house's own clock row is the lock."""
    work.clocks.get(SYSTEM, SYSTEM, lock=True)


def _point(house: House, index: Index, changed: Index) -> int:
    if changed == index and index.generation > 0:
        return index.generation
    generation = index.generation + 1
    failpoint("publish.before_point")
    house.releases.point(replace(changed, generation=generation))
    failpoint("publish.after_point")
    return generation


def _with_model(house: House, work: UnitOfWork, index: Index, model: Model) -> Index:
    releases, gone = dict(index.releases), dict(index.gone or {})
    resident = set(index.resident) - {model.path}
    releases.pop(model.path, None)
    gone.pop(model.path, None)
    if model.state in GONE:
        pointer = f"; ask {model.successor!r} instead" if model.successor else ""
        gone[model.path] = f"{model.path} was decommissioned{pointer}"
    elif release := _release(work, model):
        releases[model.path] = house.releases.publish(release)
        if release.resident:
            resident.add(model.path)
    return replace(index, releases=releases, gone=gone or None, resident=tuple(sorted(resident)))


def _release(work: UnitOfWork, model: Model) -> Release | None:
    spec = from_dict(model.spec)
    deployments = work.deployments.list(model.tenant_id, model_id=model.id, limit=1_000_000)
    chosen = serving(deployments)
    if CHAMPION not in chosen:
        return None
    arms = tuple(_arm(work, lane, chosen[lane]) for lane in sorted(chosen, key=_champion_first))
    champion = work.versions.get(model.tenant_id, f"{model.id}/{chosen[CHAMPION].version}")
    return Release(
        tenant_id=model.tenant_id,
        model_id=model.id,
        signature=champion.signature,
        key_columns=spec.data.key,
        time_column=spec.data.time,
        log=spec.serve.log,
        limits=spec.serve.limits if spec.serve.limits != Limits() else None,
        resident=spec.serve.resident,
        overflow=spec.serve.overflow,
        python=spec.serve.python,
        lookups=spec.serve.lookups,
        arms=arms,
        pinned=_pinned(work, model, to_go_back_to(deployments, CHAMPION)),
        notice=_notice(model),
        split=_split(chosen.get(CANDIDATE)),
    )


def _champion_first(lane: str) -> tuple[bool, str]:
    return (lane != CHAMPION, lane)


def _arm(work: UnitOfWork, lane: str, deployment: Deployment) -> Arm:
    version = work.versions.get(deployment.tenant_id, f"{deployment.model_id}/{deployment.version}")
    return Arm(lane, version.number, deployment.id, version.runtime, version.files)


def _notice(model: Model) -> Notice | None:
    if model.deprecated_at is None:
        return None
    return Notice(model.deprecated_at, model.sunset, model.successor)


def _split(candidate: Deployment | None) -> Split | None:
    """Return the candidate's share of the requests; None while it answers in the shadow."""
    return Split(candidate.id, candidate.share) if candidate and candidate.share > 0 else None


def _pinned(work: UnitOfWork, model: Model, before: Iterable[int]) -> tuple[Arm, ...]:
    """Return what may be asked for by URL: the newest versions, and the one to go back to, warm."""
    approved = work.versions.list(
        model.tenant_id, model_id=model.id, state=Assurance.APPROVED, limit=1_000_000
    )
    newest = {version.number for version in approved[-NEWEST:]}
    known = {version.number for version in approved}
    warm = next((number for number in before if number in known), None)
    return tuple(
        Arm(PINNED, v.number, "", v.runtime, v.files)
        for v in approved
        if v.number in newest or v.number == warm
    )


def _rates(work: UnitOfWork) -> dict[str, float] | None:
    tenants = work.tenants.list(SYSTEM, limit=1_000_000)
    return {one.id: one.quotas.rate for one in tenants if one.quotas.rate is not None} or None


def _grants(house: House, work: UnitOfWork) -> tuple[KeyGrant, ...]:
    now = house.clock.now()
    owners = [SYSTEM, *(tenant.id for tenant in work.tenants.list(SYSTEM, limit=1_000_000))]
    return tuple(
        KeyGrant(key.digest, key.id, key.tenant_id, key.expires_at)
        for owner in owners
        for key in work.keys.list(owner, limit=1_000_000)
        if key.valid_at(now) and key.principal.may(Permission.PREDICT, key.tenant_id)
    )
