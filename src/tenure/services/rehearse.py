"""Ask a draft of a policy what it would have said of the newest decisions. Changes nothing.

The same evidence, business time, author and words: only what is published is another. A decision of
which some evidence is gone, or which an earlier release made, cannot be asked again, and is counted.
"""

from dataclasses import dataclass
from datetime import datetime

from tenure.core.evidence import Evidence
from tenure.core.policies import Decision, Outcome, Reason, Subject, decide
from tenure.core.rulebooks import RACE, PolicyVersion, composed, levels_of
from tenure.core.tenants import SYSTEM
from tenure.ports.work import UnitOfWork
from tenure.services import policies
from tenure.services.house import House


@dataclass(frozen=True, slots=True)
class Changed:
    """A decision that would have ended otherwise. `reasons` are the clauses that would say no."""

    decision_id: str
    model_id: str
    version: int
    made_at: datetime
    was: Outcome
    would_be: Outcome
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a draft would have changed. `skipped` decisions could not be made again."""

    decisions: int
    skipped: int
    changed: tuple[Changed, ...]


def rehearse(house: House, tenant_id: str, text: str, last: int) -> Rehearsal:
    """Return what a draft would have said of the newest `last` decisions of the tenant.

    Raises what publishing the draft would raise.
    """
    with house.store.read() as work:
        draft = policies.draft(work, tenant_id, text, house.clock.now())
        above = policies.in_force(work, SYSTEM) if tenant_id != SYSTEM else ()
        found = work.decisions.list(tenant_id, limit=1_000_000)[-last:]
        again = [_again(work, one, (*above, draft)) for one in found]
    told = [one for one in again if one is not None]
    changed = tuple(
        Changed(
            decision_id=was.id,
            model_id=was.model_id,
            version=was.version,
            made_at=was.made_at,
            was=was.outcome,
            would_be=now.outcome,
            reasons=tuple(reason for reason in now.reasons if not reason.passed),
        )
        for was, now in told
        if was.outcome is not now.outcome
    )
    return Rehearsal(len(found), len(found) - len(told), changed)


def _again(
    work: UnitOfWork, was: Decision, published: tuple[PolicyVersion, ...]
) -> tuple[Decision, Decision] | None:
    evidence = [work.evidence.find(was.tenant_id, one) for one in was.evidence]
    there = [one for one in evidence if one is not None and one.made_at <= was.made_at]
    if not was.declared or len(there) < len(was.evidence):
        return None
    return was, _decided(was, there, published)


def _decided(
    was: Decision, evidence: list[Evidence], published: tuple[PolicyVersion, ...]
) -> Decision:
    levels = levels_of(published, was.model_id, was.tier)
    spec = [one for one in was.declared if one.level != RACE]
    race = [one for one in was.declared if one.level == RACE]
    subject = Subject(
        tenant_id=was.tenant_id,
        model_id=was.model_id,
        version=was.version,
        study_id=was.study_id,
        author=was.author,
        declared_by=was.declared_by,
        digest=was.digest,
        tier=was.tier,
    )
    policy = composed(levels, spec, race, was.mode)
    return decide(policy, subject, evidence, now=was.made_at, scope=was.scope)
