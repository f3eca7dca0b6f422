"""Tenants over HTTP. A tenant's own key sees that one tenant and no other."""

from fastapi import Response

from tenure.api.bodies import Body, Text
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.keys import Permission
from tenure.core.tenants import SYSTEM, Tenant
from tenure.services import tenants

router = Router("tenant")


class NewTenant(Body):
    """A tenant to be created. `id` is what people write: `DL`."""

    id: Text
    name: Text


@router.on("GET", "/tenants", Permission.READ, gives=Tenant, paged=True)
def list_tenants(house: HouseIn, who: Who, page: PageIn) -> Response:
    """List the tenants that the key may see."""
    with house.store.read() as work:
        if who.tenant_id != SYSTEM:
            own = [work.tenants.get(SYSTEM, who.tenant_id)]
            return page.reply([t for t in own if t.id > (page.after or "")], lambda t: t.id)
        found = work.tenants.list(SYSTEM, limit=page.one_more, after=page.after)
    return page.reply(found, lambda tenant: tenant.id)


@router.on("POST", "/tenants", Permission.ADMINISTER, gives=Tenant, status=201, house=True)
def create_tenant(house: HouseIn, who: Who, body: NewTenant) -> Response:
    """Create a tenant with its clock and its ledger."""
    return reply(tenants.create(house, who.key_id, body.id, body.name), 201)


@router.on("GET", "/tenants/{tenant}", Permission.READ, gives=Tenant)
def show_tenant(house: HouseIn, tenant: str) -> Response:
    """Show one tenant."""
    with house.store.read() as work:
        return reply(work.tenants.get(SYSTEM, tenant))
