"""A finding: something red, since when, why, how sure, what was done, how it ended.

Several findings of one model are one incident (`core/incidents.py`); a finding names its own.
"""

from dataclasses import dataclass
from datetime import datetime

from tenure.core.diagnosis import Diagnosis

ACCURACY, ESTIMATE = "accuracy", "estimate"
"""Kinds whose figures are losses: realised, and estimated before labels come."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Nobody is told of the finding before `until`, in business time; it goes on being watched."""

    until: datetime
    reason: str
    by: str  # the key that said so
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has taken the finding on."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Times are business times; `closed_at` is None while it is open."""

    id: str  # derived: model, kind, opened_at
    tenant_id: str
    model_id: str
    kind: str  # accuracy | estimate | drift | quality | slo.…
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
    incident: str = ""  # which incident it belongs to; "" until it was gathered
    told_at: datetime | None = None  # when people were told of it
    settled_at: datetime | None = None  # when its incident was over
    mute: Mute | None = None
    acknowledged: Acknowledgement | None = None
    diagnosis: Diagnosis | None = None  # why, as far as is known; of accuracy findings

    def is_muted(self, now: datetime) -> bool:
        """Return whether nobody is told of it at this business time."""
        return self.mute is not None and now < self.mute.until
