"""A case: all that a predicate may look at, and what it answers. Fail closed.

A fact that is missing, expired, from the future or not a finite number is not there.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from tenure.core.evidence import Evidence

EVALUATION, COMPARISON, APPROVAL = "evaluation", "comparison", "approval"
ORIGIN = "origin"
HOW = {
    EVALUATION: "a study evaluates its candidates",
    ORIGIN: "only a version that was handed in has one",
    COMPARISON: "a study compares its best candidate with the champion on the same rows",
}


@dataclass(frozen=True, slots=True)
class Case:
    """All that a predicate may look at: one version's evidence, business time, its authors.

    `author` made the version, `declared_by` the spec that it was made by; `scope` is what a person's
    word has to be about.
    """

    evidence: tuple[Evidence, ...]
    now: datetime
    author: str
    declared_by: str = ""
    scope: str = ""

    @property
    def authors(self) -> frozenset[str]:
        """Whose word for the version does not count."""
        return frozenset({self.author, self.declared_by}) - {""}

    def newest(self, kind: str) -> "Evidence | Answer":
        """Return the newest evidence of a kind in force, or the answer that there is none."""
        all_of_it = [one for one in self.evidence if one.kind == kind]
        valid = [one for one in all_of_it if in_force(one, self.now)]
        if valid:
            return max(valid, key=lambda one: one.made_at)
        if all_of_it:
            last = max(all_of_it, key=lambda one: one.made_at)
            return Answer(passed=False, text=f"the {kind} {why_not(last, self.now)}; {HOW[kind]}")
        return Answer(passed=False, text=f"there is no {kind} of this version; {HOW[kind]}")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the predicate holds, and why in words. `waiting`: only a person is missing."""

    passed: bool
    text: str
    waiting: bool = False


def in_force(evidence: Evidence, now: datetime) -> bool:
    """Return whether the evidence was made by `now` and has not expired."""
    return evidence.made_at <= now and (evidence.expires_at is None or now < evidence.expires_at)


def why_not(evidence: Evidence, now: datetime) -> str:
    """Return in words why evidence is not in force."""
    if evidence.made_at > now:
        return f"is dated after the decision ({evidence.made_at:%Y-%m-%d %H:%M} UTC)"
    return f"expired on {evidence.expires_at:%Y-%m-%d %H:%M} UTC"


def figure(evidence: Evidence, name: str) -> float | None:
    """Return a finite number among the facts, or None."""
    value = evidence.facts.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def figures(evidence: Evidence, *names: str) -> list[float] | Answer:
    """Return the named figures, or the answer that one of them is missing."""
    found = []
    for name in names:
        value = figure(evidence, name)
        if value is None:
            return unknown(name, evidence)
        found.append(value)
    return found


def unknown(name: str, evidence: Evidence) -> Answer:
    """Return the answer that a figure is missing, and which ones there are."""
    recorded = ", ".join(key for key in sorted(evidence.facts) if figure(evidence, key) is not None)
    text = f"the {evidence.kind} has no value of {name}; it has {recorded or 'none at all'}"
    return Answer(passed=False, text=text)
