"""The ledger over HTTP: a tenant's chain as it is, and whether it still holds."""

from fastapi import Response

from tenure.api.replies import CountIn, reply
from tenure.api.routes import HouseIn, Router
from tenure.core.keys import Permission
from tenure.core.ledger import Entry
from tenure.services import verify

router = Router("ledger")


@router.on("GET", "/tenants/{tenant}/ledger", Permission.AUDIT, gives=Entry, paged=True)
def list_entries(house: HouseIn, tenant: str, page: CountIn) -> Response:
    """List a tenant's chain from its beginning; each entry can be verified offline."""
    with house.store.read() as work:
        found = work.ledger.read(tenant, limit=page.one_more, after=int(page.after or 0))
    return page.reply(found, lambda entry: str(entry.seq))


@router.on("GET", "/tenants/{tenant}/ledger/verify", Permission.AUDIT, gives=verify.LedgerReport)
def verify_tenant_ledger(house: HouseIn, tenant: str) -> Response:
    """Read a tenant's whole chain and say whether it holds."""
    return reply(verify.ledgers(house, tenant)[0])


@router.on(
    "GET",
    "/ledger/verify",
    Permission.AUDIT,
    gives=verify.LedgerReport,
    paged=True,
    house=True,
)
def verify_ledgers(house: HouseIn) -> Response:
    """Read every chain of the house and say which hold."""
    return reply({"items": verify.ledgers(house), "next": None})
