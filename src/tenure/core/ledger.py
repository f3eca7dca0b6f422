"""The ledger: hash-chained entries, one chain per tenant.

hash(n) = SHA-256(canonical JSON of entry n without its hash, with prev = hash(n-1)). Anyone can
verify a chain offline; a Merkle root over the hashes (RFC 9162 §2.1) names a whole chain.
"""

from dataclasses import dataclass
from datetime import datetime

GENESIS = "sha256:" + "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story. `at` is machine time, `business_at` the tenant's business time."""

    tenant_id: str
    seq: int  # 1, 2, 3 … without a gap
    at: datetime
    business_at: datetime
    actor: str  # key id, "loop", or "system"
    kind: str
    model_id: str
    subject: str
    facts: dict[str, str | int | float | bool | None]
    prev: str
    hash: str
