"""`t.ledger`: a tenant's story, exported and proven so that nobody needs to believe the house."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tenure.core.checkpoints import Checkpoint, VerifierKey, read_key, read_note
from tenure.core.errors import TenureError
from tenure.core.exports import lines_of
from tenure.core.ledger import Entry
from tenure.core.proofs import Consistency, check_consistency
from tenure.sdk.nouns import Api, Json, address


class Ledger:
    """Ledgers of tenants; `_` is the house's own."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def key(self) -> VerifierKey:
        """The key that the house says its checkpoints are signed with."""
        return read_key(self._api.get("/ledger/key")["verifier_key"])

    def list(self, tenant_id: str) -> Iterator[Json]:
        """Return the entries, in order."""
        return self._api.pages(address("tenants", tenant_id, "ledger"))

    def verify(self, tenant_id: str) -> Json:
        """Let the house verify a ledger, and that it continues every checkpoint."""
        report: Json = self._api.get(address("tenants", tenant_id, "ledger", "verify"))
        return report

    def checkpoint(self, tenant_id: str) -> Json:
        """Sign the head now and put it outside; return {"size", "root", "note", …}."""
        made: Json = self._api.post(address("tenants", tenant_id, "ledger", "checkpoints"))
        return made

    def checkpoints(self, tenant_id: str) -> Iterator[Json]:
        """Return the checkpoints that stand outside, the smallest first."""
        return self._api.pages(address("tenants", tenant_id, "ledger", "checkpoints"))

    def prove(self, tenant_id: str, seq: int) -> str:
        """Return the proof that an entry is in the ledger; `core.proofs.read_inclusion` checks it.

        Asks for a checkpoint when the newest does not cover the entry.
        """
        place = address("tenants", tenant_id, "ledger", "proof")
        try:
            return str(self._api.get(place, entry=seq)["proof"])
        except TenureError as error:
            if error.code != "ledger.not_covered":
                raise
        self.checkpoint(tenant_id)
        return str(self._api.get(place, entry=seq)["proof"])

    def check(self, tenant_id: str, older: str, key: VerifierKey) -> Checkpoint:
        """Return a new checkpoint that provably continues the `older` note, kept since then.

        The proof is checked here, with a key that you trust. Raises `proof.wrong` when the ledger
        was rewritten in between.
        """
        from msgspec import convert

        self.checkpoint(tenant_id)
        first = read_note(older, key).size
        told: Any = self._api.get(
            address("tenants", tenant_id, "ledger", "consistency"), first=first
        )
        return check_consistency(older, convert(told, Consistency), key)

    def export(self, tenant_id: str, path: str | Path) -> int:
        """Write a tenant's whole ledger into a file that verifies without us; return its entries."""
        from msgspec import convert

        signed = self.checkpoint(tenant_id)
        entries = (convert(one, Entry) for one in self._until(tenant_id, signed["size"]))
        with Path(path).open("wb") as file:
            file.writelines(lines_of(self.key, entries, signed["note"]))
        return int(signed["size"])

    def _until(self, tenant_id: str, size: int) -> Iterator[Json]:
        for entry in self.list(tenant_id):
            if entry["seq"] > size:
                return
            yield entry
