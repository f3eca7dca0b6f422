"""Verify ledgers: every chain, entry by entry, as anyone could offline."""

from dataclasses import dataclass

from tenure.core.ledger import Entry, verify
from tenure.ports.work import UnitOfWork
from tenure.services.house import House

PAGE = 10_000


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What became of one chain's verification."""

    tenant_id: str
    entries: int
    root: str
    ok: bool
    first_bad: int | None
    why: str


def ledgers(house: House, tenant_id: str | None = None) -> list[LedgerReport]:
    """Verify one tenant's chain, or all of them."""
    with house.store.read() as work:
        names = [tenant_id] if tenant_id else work.ledger.tenants()
        chains = {name: _chain(work, name) for name in names}
    reports = []
    for name, entries in chains.items():
        found = verify(entries)
        reports.append(
            LedgerReport(name, len(entries), found.root, found.ok, found.first_bad, found.why)
        )
    return reports


def _chain(work: UnitOfWork, tenant_id: str) -> list[Entry]:
    entries: list[Entry] = []
    while page := work.ledger.read(tenant_id, after=entries[-1].seq if entries else 0, limit=PAGE):
        entries += page
    return entries
