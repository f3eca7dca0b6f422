"""Verify ledgers: every chain, entry by entry, and that it passes through what was signed outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tenure.core.checkpoints import origin_of, read_note
from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.ledger import Entry, verify
from tenure.ports.work import UnitOfWork
from tenure.services.house import House

PAGE = 10_000
_LOOKED_AT = 25


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What became of one chain's verification. `signed`: how many entries are under a checkpoint."""

    tenant_id: str
    entries: int
    root: str
    ok: bool
    first_bad: int | None
    why: str
    signed: int


def ledgers(house: House, tenant_id: str | None = None) -> list[LedgerReport]:
    """Verify one tenant's chain, or all of them."""
    with house.store.read() as work:
        names = [tenant_id] if tenant_id else work.ledger.tenants()
    return [_report(house, name) for name in names]


def signed_before(house: House, tenant_id: str, sizes: Sequence[int]) -> dict[int, str]:
    """Return the roots of checkpoints by their size; raise what makes them worth nothing.

    That is `checkpoint.not_found`, `checkpoint.bad_note`, `checkpoint.not_signed`.
    """
    key = house.signer.key
    roots = {}
    for size in sizes:
        found = read_note(house.checkpoints.get(tenant_id, size), key)
        if (found.origin, found.size) != (origin_of(key, tenant_id), size):
            raise invalid("checkpoint.bad_note", "a checkpoint stands under another one's name")
        roots[size] = f"sha256:{found.root.hex()}"
    return roots


def chain_of(
    work: UnitOfWork, tenant_id: str, *, after: int = 0, until: int | None = None
) -> Iterator[Entry]:
    """Yield a chain's entries after one number, up to another."""
    while page := work.ledger.read(tenant_id, after=after, limit=PAGE):
        for entry in page:
            if until is not None and entry.seq > until:
                return
            yield entry
        after = page[-1].seq


def _report(house: House, tenant_id: str) -> LedgerReport:
    sizes = house.checkpoints.sizes(tenant_id)
    try:
        noted, why = signed_before(house, tenant_id, _some(sizes)), ""
    except TenureError as error:
        if error.kind is not Kind.INVALID:
            raise
        noted, why = {}, error.message
    with house.store.read() as work:
        found = verify(chain_of(work, tenant_id), noted=noted)
    if found.ok and why:
        found = replace(found, ok=False, why=why)
    signed = max(sizes, default=0)
    return LedgerReport(
        tenant_id, found.entries, found.root, found.ok, found.first_bad, found.why, signed
    )


def _some(sizes: Sequence[int]) -> list[int]:
    """Return the newest, and as many spread over all: each commits to everything before it."""
    step = max(1, len(sizes) // _LOOKED_AT)
    return sorted({*sizes[::step], *sizes[-_LOOKED_AT:]})
