"""Policies: typed clauses, decided from facts. Fail closed: a missing fact refuses.

A clause never runs code and never does I/O; the facts are evidence that somebody recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tenure.core import digests
from tenure.core.approvals import scope_of
from tenure.core.cases import Case
from tenure.core.errors import TenureError
from tenure.core.evidence import Evidence
from tenure.core.models import Task
from tenure.core.predicates import PREDICATES


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
    scope: str = ""  # what a person's word for the version has to be about

    @property
    def text(self) -> str:
        """The refused clauses in one line, or "all clauses passed"."""
        failed = [reason.text for reason in self.reasons if not reason.passed]
        return "; ".join(failed) or "all clauses passed"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision is about. Approvals by who made version or spec do not count.

    `digest` is that of the version's files.
    """

    tenant_id: str
    model_id: str
    version: int
    study_id: str = ""
    author: str = ""
    declared_by: str = ""
    digest: str = ""


def decide(
    policy: Policy, subject: Subject, evidence: Sequence[Evidence], *, now: datetime
) -> Decision:
    """Return the policy's decision at the business time `now`; the same input, the same id.

    A version without some fact is refused and told what is missing. Only `prevent` binds: `warn`
    passes and keeps the reasons, `observe` records what would have been refused.
    """
    mine = tuple(one for one in evidence if _is_about(one, subject))
    scope = scope_of(subject.digest, policy.digest, mine)
    case = Case(mine, now, subject.author, subject.declared_by, scope)
    reasons = tuple(_reason(clause, case) for clause in policy.clauses) or (_NO_CLAUSE,)
    used = tuple(sorted(one.id for one in mine))
    return Decision(
        id=digests.short(
            "dc",
            *(subject.tenant_id, subject.model_id, subject.version, subject.study_id),
            *(policy.digest, now.isoformat(), *used),
        ),
        tenant_id=subject.tenant_id,
        model_id=subject.model_id,
        version=subject.version,
        study_id=subject.study_id,
        policy_digest=policy.digest,
        mode=policy.mode,
        evidence=used,
        outcome=_outcome(policy.mode, reasons),
        reasons=reasons,
        made_at=now,
        scope=scope,
    )


def default_clauses(task: Task, valid_for: timedelta) -> tuple[Clause, ...]:
    """Return the clauses of a spec that declares none.

    The margin is a figure for a loss of classes, and a share of the champion's loss for numbers,
    whose unit nobody knows here.
    """
    regression = task is Task.REGRESSION
    margin: dict[str, float | int | str] = (
        {"margin": 0.0, "margin_share": 0.005} if regression else {"margin": 0.002}
    )
    return (
        Clause("baseline", "beats_baseline"),
        Clause("champion", "not_worse_than_champion", {**margin, "confidence": 0.95}),
        Clause("fresh", "evidence_fresh", {"max_age_days": valid_for / timedelta(days=1)}),
    )


def confidences(policy: Policy) -> tuple[float, ...]:
    """Return at which confidences a comparison has to be made for the policy's clauses."""
    asked = set()
    for clause in policy.clauses:
        predicate = PREDICATES.get(clause.require)
        for param in predicate.params if predicate else ():
            if param.name == "confidence":
                asked.add(float(clause.params.get("confidence", param.default or 0)))
    return tuple(sorted(asked))


_NO_CLAUSE = Reason("policy", "", passed=False, text="the policy has no clause at all")


def _is_about(evidence: Evidence, subject: Subject) -> bool:
    theirs = (evidence.tenant_id, evidence.model_id, evidence.version)
    return theirs == (subject.tenant_id, subject.model_id, subject.version)


def _reason(clause: Clause, case: Case) -> Reason:
    """Ask one predicate; rules that this house does not know, or cannot read, refuse."""
    if clause.require not in PREDICATES:
        text = f"this house knows no predicate {clause.require!r}"
        return Reason(clause.name, clause.require, passed=False, text=text)
    predicate = PREDICATES[clause.require]
    try:
        params = predicate.complete(clause.params)
    except TenureError as error:
        return Reason(clause.name, clause.require, passed=False, text=error.message)
    answer = predicate.holds(params, case)
    return Reason(clause.name, clause.require, answer.passed, answer.text, answer.waiting)


def _outcome(mode: str, reasons: tuple[Reason, ...]) -> Outcome:
    failed = [reason for reason in reasons if not reason.passed]
    if not failed or mode == "warn":
        return Outcome.PASSED
    if mode == "observe":
        return Outcome.OBSERVED
    return Outcome.WAITING if all(reason.waiting for reason in failed) else Outcome.REFUSED
