"""Policies: typed clauses, decided from facts. Fail closed: a missing fact refuses.

A clause never runs code and never does I/O; the facts are evidence that somebody recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tenure.core import digests
from tenure.core.evidence import Evidence


class Outcome(StrEnum):
    """How a decision ended."""

    PASSED = "passed"
    REFUSED = "refused"
    WAITING = "waiting"  # only approvals are missing
    OBSERVED = "observed"  # would have been refused; the policy only observes


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule: a predicate's name and its parameters (see `PREDICATES`)."""

    name: str
    require: str
    params: dict[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """Immutable rules. `digest` names them; a decision stores it."""

    clauses: tuple[Clause, ...]
    mode: str = "prevent"

    @property
    def digest(self) -> str:
        """Name of these rules for ever."""
        return digests.of_value(
            {
                "format": 1,
                "mode": self.mode,
                "clauses": [
                    [c.name, c.require, dict(sorted(c.params.items()))] for c in self.clauses
                ],
            }
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """What one clause said, in words, with the numbers it compared."""

    clause: str
    require: str
    passed: bool
    text: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """policy digest + evidence digests → outcome, with a reason per clause."""

    id: str
    tenant_id: str
    model_id: str
    version: int
    study_id: str
    policy_digest: str
    mode: str
    evidence: tuple[str, ...]
    outcome: Outcome
    reasons: tuple[Reason, ...]
    made_at: datetime  # business time

    @property
    def text(self) -> str:
        """The refused clauses in one line, or "all clauses passed"."""
        failed = [reason.text for reason in self.reasons if not reason.passed]
        return "; ".join(failed) or "all clauses passed"


Facts = Mapping[str, Evidence]
"""Newest evidence by kind; approvals come apart because there may be several."""
