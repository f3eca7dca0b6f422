"""A finding: something red, since when, why, how sure, what was done, how it ended."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Times are business times; `closed_at` is None while it is open."""

    id: str  # derived: model, kind, opened_at
    tenant_id: str
    model_id: str
    kind: str  # accuracy | quarantine | study_failed
    version: int | None
    opened_at: datetime
    closed_at: datetime | None
    observed: float
    expected: float
    low: float
    high: float
    rows: int
    text: str
    done: tuple[str, ...] = ()
    closed_because: str = ""
