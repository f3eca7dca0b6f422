"""What people say for and against a version, and what of it counts. Fail closed.

A word is about a scope: the version's bytes, the policy, and the evidence that the person could
see. When any of these changes, it is about something else, and counts no more. Of one person the
last word counts; a deputy speaks for whoever made them one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.core import digests
from tenure.core.cases import APPROVAL, in_force
from tenure.core.evidence import Evidence
from tenure.core.keys import Role

DENIAL, WITHDRAWAL, VALIDATION, BREAK_GLASS = "denial", "withdrawal", "validation", "break_glass"
WORDS = frozenset({APPROVAL, DENIAL, WITHDRAWAL, VALIDATION, BREAK_GLASS})
"""Kinds of evidence that people give; everything else was measured."""
LONGEST_BREAK = timedelta(hours=24)
LONGEST_DEPUTY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Word:
    """One person's word that counts. `person` is for whom it was said, `by` who said it."""

    kind: str
    person: str
    by: str
    role: str
    reason: str

    @property
    def is_own(self) -> bool:
        """Whether it is the sole user's, who has nobody else to ask."""
        return self.role == Role.SOLE_USER


def scope_of(version_digest: str, policy_digest: str, evidence: Sequence[Evidence]) -> str:
    """Return the digest of what a word is about."""
    measured = sorted(one.id for one in evidence if one.kind not in WORDS)
    return digests.of_value([version_digest, policy_digest, measured])


def standing(evidence: Sequence[Evidence], scope: str, now: datetime) -> list[Word]:
    """Return everybody's last word on this scope that is in force and not taken back.

    A validation is another question than an approval, and a role another office: a person has one
    last word in each. Taking back takes all of it back.
    """
    last: dict[tuple[str, str, bool], Evidence] = {}
    for one in sorted(evidence, key=_place):
        about_this = one.kind in WORDS and one.facts.get("scope", "") == scope
        if about_this and one.kind != BREAK_GLASS and in_force(one, now) and one.facts.get("by"):
            person = _person(one)
            if one.kind == WITHDRAWAL:
                last = {place: word for place, word in last.items() if place[0] != person}
            else:
                last[person, str(one.facts.get("role")), one.kind == VALIDATION] = one
    return [_word(one) for one in last.values()]


def broken_glass(evidence: Sequence[Evidence], scope: str, now: datetime) -> Evidence | None:
    """Return the newest break-glass on this scope that is in force."""
    found = [
        one
        for one in evidence
        if one.kind == BREAK_GLASS and one.facts.get("scope", "") == scope and in_force(one, now)
    ]
    return max(found, key=_place, default=None)


def _place(one: Evidence) -> tuple[datetime, float]:
    """Order words as they were said; several of one instant of business time are counted."""
    count = one.facts.get("n", 0)
    return (one.made_at, count if isinstance(count, int | float) else 0)


def _person(one: Evidence) -> str:
    return str(one.facts.get("for") or one.facts["by"])


def _word(one: Evidence) -> Word:
    facts = one.facts
    role, reason = str(facts.get("role") or ""), str(facts.get("reason") or "")
    return Word(one.kind, _person(one), str(facts["by"]), role, reason)
