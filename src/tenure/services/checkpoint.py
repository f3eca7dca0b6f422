"""Checkpoint: sign the heads of ledgers and keep them outside; prove entries against them.

Nothing is signed that does not continue what was signed before: whoever rewrites a ledger in the
database is found out by the next checkpoint, and by everyone who verifies.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.core import merkle
from tenure.core.checkpoints import Checkpoint, note_of, origin_of
from tenure.core.errors import Kind, TenureError, conflict, not_found
from tenure.core.ledger import Chain, Entry, leaf_of, name_of
from tenure.core.proofs import Consistency, inclusion_text
from tenure.services.house import House
from tenure.services.verify import chain_of, signed_before

log = logging.getLogger("tenure.ledger")

FIRST_AFTER = timedelta(minutes=1)
"""A house that is only tried out, and its tests, have ended by then."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it stands outside. `root` is a digest; `note` the text itself."""

    tenant_id: str
    size: int
    root: str
    note: str


def make(house: House, tenant_id: str) -> Signed:
    """Read a tenant's whole ledger, sign its head and put it outside; twice is once.

    Raises `ledger.broken` when the ledger does not hold, or does not continue the last checkpoint.
    """
    return _signed(house, tenant_id, _grown(house, tenant_id, Chain()))


def listed(house: House, tenant_id: str, after: int, limit: int) -> list[Signed]:
    """Return checkpoints of more than `after` entries, the smallest first."""
    sizes = [size for size in house.checkpoints.sizes(tenant_id) if size > after][:limit]
    roots = signed_before(house, tenant_id, sizes)
    return [_shown(house, tenant_id, size, roots[size]) for size in sizes]


def prove(house: House, tenant_id: str, seq: int) -> str:
    """Return the proof that an entry is in the ledger of the newest checkpoint, as a text.

    Raises `ledger.no_entry`, `ledger.not_covered` when it came after that checkpoint.
    """
    with house.store.read() as work:
        size, _ = work.ledger.head(tenant_id)
    if not 0 < seq <= size:
        raise not_found("ledger.no_entry", f"the ledger of {tenant_id} has no entry {seq}")
    signed, entries = _under_newest(house, tenant_id, seq)
    path = merkle.inclusion([leaf_of(entry) for entry in entries], seq - 1)
    return inclusion_text(entries[seq - 1], path, signed.note)


def prove_consistency(house: House, tenant_id: str, first: int) -> Consistency:
    """Return the proof that the ledger of `first` entries was a beginning of the newest checkpoint's.

    Raises `ledger.not_covered` when that one is smaller.
    """
    signed, entries = _under_newest(house, tenant_id, first)
    path = merkle.consistency([leaf_of(entry) for entry in entries], first)
    return Consistency(first, signed.size, tuple(one.hex() for one in path), signed.note)


class Notary:
    """Makes checkpoints as time goes by, and remembers how far it has read. One per process."""

    def __init__(self, house: House, every: timedelta) -> None:
        self._house = house
        self._every = every
        self._next = house.clock.now() + min(FIRST_AFTER, every)
        self._chains: dict[str, Chain] = {}

    def look(self, now: datetime) -> int:
        """Sign what has grown since the last look, when it is time; return how many were signed.

        A ledger that does not hold is told to the log and not signed; the others are.
        """
        if now < self._next:
            return 0
        self._next = now + self._every
        with self._house.store.read() as work:
            tenants = work.ledger.tenants()
        return sum(self._look_at(tenant_id) for tenant_id in tenants)

    def _look_at(self, tenant_id: str) -> bool:
        chain = self._chains.pop(tenant_id, Chain())  # read anew the next time when this fails
        before = chain.tree.size
        try:
            _grown(self._house, tenant_id, chain)
            if chain.tree.size > before:
                _signed(self._house, tenant_id, chain)
        except TenureError as error:
            log.error("no checkpoint of the ledger of %s: %s", tenant_id, error)  # noqa: TRY400
            return False
        self._chains[tenant_id] = chain
        return chain.tree.size > before


def _grown(house: House, tenant_id: str, chain: Chain) -> Chain:
    """Take the entries that came since; raise `ledger.broken` at the first wrong one.

    The chain must pass through the newest checkpoint, which itself continued all before it.
    """
    newest = house.checkpoints.sizes(tenant_id)[-1:]
    roots = signed_before(house, tenant_id, newest)
    with house.store.read() as work:
        for entry in chain_of(work, tenant_id, after=chain.tree.size):
            if why := chain.grow(entry):
                raise _broken(tenant_id, why)
            if chain.tree.size in roots and roots[chain.tree.size] != name_of(chain.tree):
                raise _broken(tenant_id, f"another root was signed at entry {chain.tree.size}")
    if newest and newest[0] > chain.tree.size:
        raise _broken(tenant_id, f"it has {chain.tree.size} entries, {newest[0]} were signed")
    return chain


def _signed(house: House, tenant_id: str, chain: Chain) -> Signed:
    key = house.signer.key
    checkpoint = Checkpoint(origin_of(key, tenant_id), chain.tree.size, chain.tree.root())
    note = note_of(checkpoint, key, house.signer.sign(checkpoint.body.encode()))
    house.checkpoints.put(tenant_id, checkpoint.size, note)
    return Signed(tenant_id, checkpoint.size, name_of(chain.tree), note)


def _under_newest(house: House, tenant_id: str, least: int) -> tuple[Signed, list[Entry]]:
    """Return the newest checkpoint and its entries; raise `ledger.not_covered` below `least`."""
    newest = house.checkpoints.sizes(tenant_id)[-1:]
    if not newest or not 0 < least <= newest[0]:
        raise conflict(
            "ledger.not_covered",
            f"no checkpoint of {tenant_id} covers entry {least}",
            hint="tenure ledger checkpoint makes one now",
        )
    (size,) = newest
    with house.store.read() as work:
        entries = list(chain_of(work, tenant_id, until=size))
    root = signed_before(house, tenant_id, newest)[size]
    if merkle.root_of([leaf_of(entry) for entry in entries]) != bytes.fromhex(root[7:]):
        raise _broken(tenant_id, f"another root was signed at entry {size}")
    return _shown(house, tenant_id, size, root), entries


def _shown(house: House, tenant_id: str, size: int, root: str) -> Signed:
    return Signed(tenant_id, size, root, house.checkpoints.get(tenant_id, size))


def _broken(tenant_id: str, why: str) -> TenureError:
    return TenureError(
        Kind.REFUSED,
        "ledger.broken",
        f"the ledger of {tenant_id} does not hold: {why}",
        hint="tenure ledger verify; put back a backup, and find out who writes to the database",
    )
