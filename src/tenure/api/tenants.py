"""Tenants over HTTP. A tenant's own key sees that one tenant and no other."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from tenure.api.bodies import Body, Text
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.keys import Permission
from tenure.core.quotas import MOST, Quotas
from tenure.core.tenants import SYSTEM, Tenant
from tenure.core.usage import Month
from tenure.services import quotas, tenants, usage

router = Router("tenant")
Bound = Annotated[int, Field(ge=0, le=MOST)] | None


class NewTenant(Body):
    """A tenant to be created. `id` is what people write: `DL`."""

    id: Text
    name: Text


class NewQuotas(Body):
    """What a tenant may use at most; what is left out or null bounds nothing."""

    models: Bound = None
    stored_bytes: Bound = None
    train_minutes: Bound = None
    rate: Bound = None


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


@router.on("PUT", "/tenants/{tenant}/quotas", Permission.ADMINISTER, gives=Tenant, house=True)
def set_quotas(house: HouseIn, who: Who, tenant: str, body: NewQuotas) -> Response:
    """Replace what a tenant may use at most; only who runs the house may."""
    given = Quotas(body.models, body.stored_bytes, body.train_minutes, body.rate)
    return reply(quotas.set_quotas(house, who.key_id, tenant, given))


@router.on("GET", "/tenants/{tenant}/usage", Permission.READ, gives=Month, paged=True)
def list_usage(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List what a tenant used and what it costs, month by month; the last one is under way."""
    months = [one for one in usage.of_tenant(house, tenant) if one.month > (page.after or "")]
    return page.reply(months, lambda month: month.month)
