"""Set what tenants may use at most, and hold to it where something is used."""

from dataclasses import replace
from datetime import datetime

from tenure.core import quotas
from tenure.core.errors import TenureError
from tenure.core.events import Event, Facts
from tenure.core.quotas import Quotas
from tenure.core.tenants import SYSTEM, Tenant
from tenure.ports.work import UnitOfWork
from tenure.services import usage
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.publish import publish_rates
from tenure.services.record import record


def set_quotas(house: House, actor: str, tenant_id: str, given: Quotas) -> Tenant:
    """Replace a tenant's quotas; serving holds to the rate as soon as it has read the index.

    What is above a new quota already stays; nothing more is let in.
    """
    now = house.clock.now()
    with house.store.work() as work:
        tenant = work.tenants.get(SYSTEM, tenant_id, lock=True)
        if tenant.quotas == given:
            return tenant
        tenant = replace(tenant, quotas=given)
        work.tenants.save(SYSTEM, tenant)
        facts: Facts = {
            "models": given.models,
            "stored_bytes": given.stored_bytes,
            "train_minutes": given.train_minutes,
            "rate": given.rate,
        }
        event = Event("tenant.quotas_set", tenant_id, "", tenant_id, now, facts)
        record(house, work, event, actor=actor)
        failpoint("quotas.before_commit")
    failpoint("quotas.after_commit")
    publish_rates(house)
    return tenant


def check_model(work: UnitOfWork, tenant_id: str) -> None:
    """Raise `quota.models` when the tenant may have no model more."""
    given = _of(work, tenant_id)
    if given.models is not None:
        quotas.check_models(tenant_id, given, usage.models(work, tenant_id))


def check_storage(work: UnitOfWork, tenant_id: str, more_bytes: int) -> None:
    """Raise `quota.storage` when the tenant may not store so many bytes more."""
    given = _of(work, tenant_id)
    if given.stored_bytes is not None:
        stored = usage.stored_bytes(work, tenant_id)
        quotas.check_storage(tenant_id, given, stored, more_bytes)


def check_training(work: UnitOfWork, tenant_id: str, now: datetime) -> None:
    """Raise `quota.train_minutes` when the tenant may not train any more this month."""
    given = _of(work, tenant_id)
    if given.train_minutes is not None:
        quotas.check_training(tenant_id, given, usage.trained_seconds(work, tenant_id, now))


def training_brake(work: UnitOfWork, tenant_id: str, now: datetime) -> str:
    """Return why the tenant may not train any more this month; "" when it may."""
    try:
        check_training(work, tenant_id, now)
    except TenureError as error:
        return f"{error.code}: {error.message}"
    return ""


def _of(work: UnitOfWork, tenant_id: str) -> Quotas:
    tenant = work.tenants.find(SYSTEM, tenant_id)
    return tenant.quotas if tenant is not None else Quotas()
