"""Create tenants."""

from tenure.core.events import Event
from tenure.core.tenants import SYSTEM, Tenant, checked_name
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import fresh_clock, record


def create(house: House, actor: str, tenant_id: str, name: str = "") -> Tenant:
    """Create a tenant with a clock on wall time; raise `tenant.exists`, `tenant.bad_name`."""
    now = house.clock.now()
    tenant = Tenant(checked_name("tenant", tenant_id), name or tenant_id, now)
    with house.store.work() as work:
        work.tenants.add(SYSTEM, tenant)
        work.clocks.add(tenant.id, fresh_clock(tenant.id, now))
        event = Event("tenant.created", tenant.id, "", tenant.id, now, {"name": tenant.name})
        record(house, work, event, actor=actor)
        failpoint("tenant.before_commit")
    failpoint("tenant.after_commit")
    return tenant
