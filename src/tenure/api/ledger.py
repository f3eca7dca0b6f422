"""The ledger over HTTP: a tenant's chain as it is, whether it still holds, and proofs of it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response

from tenure.api.replies import CountIn, reply
from tenure.api.routes import HouseIn, Router
from tenure.core.keys import Permission
from tenure.core.ledger import Entry
from tenure.core.proofs import Consistency
from tenure.services import checkpoint, verify

router = Router("ledger")
_L = "/tenants/{tenant}/ledger"
Number = Annotated[int, Query(ge=1, lt=2**63)]


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """The public half of the key that signs the house's checkpoints (C2SP signed-note)."""

    verifier_key: str


@dataclass(frozen=True, slots=True)
class EntryProof:
    """That an entry is in the ledger of a checkpoint: a text of C2SP tlog-proof@v1."""

    proof: str


@router.on("GET", _L, Permission.AUDIT, gives=Entry, paged=True)
def list_entries(house: HouseIn, tenant: str, page: CountIn) -> Response:
    """List a tenant's chain from its beginning; each entry can be verified offline."""
    with house.store.read() as work:
        found = work.ledger.read(tenant, limit=page.one_more, after=int(page.after or 0))
    return page.reply(found, lambda entry: str(entry.seq))


@router.on("GET", f"{_L}/verify", Permission.AUDIT, gives=verify.LedgerReport)
def verify_tenant_ledger(house: HouseIn, tenant: str) -> Response:
    """Read a tenant's whole chain and say whether it holds, and continues every checkpoint."""
    return reply(verify.ledgers(house, tenant)[0])


@router.on("GET", f"{_L}/checkpoints", Permission.AUDIT, gives=checkpoint.Signed, paged=True)
def list_checkpoints(house: HouseIn, tenant: str, page: CountIn) -> Response:
    """List a tenant's checkpoints as they stand outside, the smallest first."""
    found = checkpoint.listed(house, tenant, int(page.after or 0), page.one_more)
    return page.reply(found, lambda signed: str(signed.size))


@router.on("POST", f"{_L}/checkpoints", Permission.AUDIT, gives=checkpoint.Signed, status=201)
def make_checkpoint(house: HouseIn, tenant: str) -> Response:
    """Sign the head of a tenant's ledger now and put it outside; twice is once."""
    return reply(checkpoint.make(house, tenant), 201)


@router.on("GET", f"{_L}/proof", Permission.AUDIT, gives=EntryProof)
def prove_entry(house: HouseIn, tenant: str, entry: Number) -> Response:
    """Prove that an entry is in the ledger of the newest checkpoint."""
    return reply(EntryProof(checkpoint.prove(house, tenant, entry)))


@router.on("GET", f"{_L}/consistency", Permission.AUDIT, gives=Consistency)
def prove_consistency(house: HouseIn, tenant: str, first: Number) -> Response:
    """Prove that the ledger of `first` entries was a beginning of the newest checkpoint's."""
    return reply(checkpoint.prove_consistency(house, tenant, first))


@router.on("GET", "/ledger/key", None, gives=LedgerKey)
async def show_ledger_key(house: HouseIn) -> Response:
    """Show with which key checkpoints are verified; note it where nobody can change it."""
    return reply(LedgerKey(house.signer.key.text))


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
