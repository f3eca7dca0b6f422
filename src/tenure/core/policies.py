"""Policies: typed clauses, decided from facts. Fail closed: a missing fact refuses.

A clause never runs code and never does I/O; the facts are evidence that somebody recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tenure.core import digests
from tenure.core.approvals import scope_of
from tenure.core.cases import Answer, Case
from tenure.core.errors import TenureError
from tenure.core.evidence import Evidence
from tenure.core.models import Task
from tenure.core.predicates import PREDICATES

MODES = ("prevent", "warn", "observe")
"""How a clause that is not met binds, the strictest first."""


class Outcome(StrEnum):
    """How a decision ended."""

    PASSED = "passed"
    REFUSED = "refused"
    WAITING = "waiting"  # only approvals are missing
    OBSERVED = "observed"  # would have been refused; the policy only observes


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule: a predicate's name and its parameters (see `PREDICATES`).

    `mode` binds this clause alone, "" as the policy says; `level` is who asks for it, for people.
    """

    name: str
    require: str
    params: dict[str, float | int | str] = field(default_factory=dict)
    mode: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Immutable rules. `digest` names them; a decision stores it."""

    clauses: tuple[Clause, ...]
    mode: str = "prevent"
    declared: tuple[Clause, ...] = ()  # what spec and race asked for, before it was tightened

    @property
    def digest(self) -> str:
        """Name of these rules for ever."""
        return digests.of_value(
            {
                "format": 1,
                "mode": self.mode,
                "clauses": [
                    [
                        c.name,
                        c.require,
                        dict(sorted(c.params.items())),
                        *([c.mode] if c.mode else []),
                    ]
                    for c in self.clauses
                ],
            }
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """What one clause said, in words, with the numbers it compared.

    `mode` is how it binds, `level` who asks for it: `tenant DL (3)`, `tier high (3)`, `spec`.
    """

    clause: str
    require: str
    passed: bool
    text: str
    waiting: bool = False
    mode: str = "prevent"
    level: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """policy digest + evidence digests → outcome, with a reason per clause.

    `declared` are the clauses of spec and race, and `author` to `tier` what else was looked at, so that
    another policy can be asked of the same case; decisions of earlier releases have none of them.
    """

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
    declared: tuple[Clause, ...] = ()
    author: str = ""
    declared_by: str = ""
    digest: str = ""  # of the version's files
    tier: str = ""  # as the spec declares it

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
    tier: str = ""


def decide(
    policy: Policy,
    subject: Subject,
    evidence: Sequence[Evidence],
    *,
    now: datetime,
    scope: str = "",
) -> Decision:
    """Return the policy's decision at the business time `now`; the same input, the same id.

    A version without some fact is refused and told what is missing. Only `prevent` binds: `warn`
    passes and keeps the reasons, `observe` records what would have been refused. With a `scope` words
    about that one count: so a draft is asked what it would have said of a decision that was made.
    """
    mine = tuple(one for one in evidence if _is_about(one, subject))
    scope = scope or scope_of(subject.digest, policy.digest, mine)
    case = Case(mine, now, subject.author, subject.declared_by, scope)
    reasons = tuple(_reason(clause, case, policy.mode) for clause in policy.clauses)
    reasons = reasons or (replace(_NO_CLAUSE, mode=policy.mode),)
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
        outcome=_outcome(reasons),
        reasons=reasons,
        made_at=now,
        scope=scope,
        declared=policy.declared,
        author=subject.author,
        declared_by=subject.declared_by,
        digest=subject.digest,
        tier=subject.tier,
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


def _reason(clause: Clause, case: Case, mode: str) -> Reason:
    """Ask one predicate; rules that this house does not know, or cannot read, refuse."""
    answer = _asked(clause, case)
    return Reason(
        clause=clause.name,
        require=clause.require,
        passed=answer.passed,
        text=answer.text,
        waiting=answer.waiting,
        mode=clause.mode or mode,
        level=clause.level,
    )


def _asked(clause: Clause, case: Case) -> Answer:
    if clause.require not in PREDICATES:
        return Answer(passed=False, text=f"this house knows no predicate {clause.require!r}")
    predicate = PREDICATES[clause.require]
    try:
        return predicate.holds(predicate.complete(clause.params), case)
    except TenureError as error:
        return Answer(passed=False, text=error.message)


def _outcome(reasons: tuple[Reason, ...]) -> Outcome:
    """Only what neither warns nor observes binds, words that nobody knows included."""
    failed = [reason for reason in reasons if not reason.passed]
    binding = [reason for reason in failed if reason.mode not in {"warn", "observe"}]
    if binding:
        return Outcome.WAITING if all(reason.waiting for reason in binding) else Outcome.REFUSED
    observed = any(reason.mode == "observe" for reason in failed)
    return Outcome.OBSERVED if observed else Outcome.PASSED
