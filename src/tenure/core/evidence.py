"""Evidence: a typed, dated, digested fact about one version; it can expire."""

from dataclasses import dataclass
from datetime import datetime

from tenure.core import digests


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact. `id` is derived from its content, so the same fact has one name.

    Kinds: `evaluation` (facts: metric → value, plus baseline.<metric>), `comparison` (facts:
    difference, low, high, days, rows, champion), `approval` (facts: by, role); of what was made
    elsewhere `origin` (file, by, trained_until), `parity` (how far the compiled model is from the
    original) and `cost` (µs a row, bytes); `reproduction` (its training done again: reproduced,
    max_difference, share_equal, changed).
    """

    id: str
    tenant_id: str
    model_id: str
    version: int
    kind: str
    made_at: datetime  # business time
    expires_at: datetime | None
    facts: dict[str, float | int | str | None]


def evidence_id(
    tenant_id: str,
    model_id: str,
    version: int,
    kind: str,
    facts: dict[str, float | int | str | None],
) -> str:
    """Return the derived id of a fact."""
    body = digests.of_value(dict(sorted(facts.items())))
    return digests.short("ev", tenant_id, model_id, version, kind, body)
