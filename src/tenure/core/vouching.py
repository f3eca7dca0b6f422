"""The predicates about people: who has vouched for a version, and whose word counts.

The sole user of a home has nobody else to ask: their word is their own, and says so.
"""

from collections.abc import Mapping

from tenure.core.approvals import DENIAL, VALIDATION, Word, broken_glass, standing
from tenure.core.cases import APPROVAL, Answer, Case
from tenure.core.words import count


def approvals(params: Mapping[str, float | int | str], case: Case) -> Answer:
    """Count approvals of distinct people who are neither authors nor validators; one denial refuses."""
    needed, role = int(params["count"]), str(params["role"])
    if glass := broken_glass(case.evidence, case.scope, case.now):
        until = f"{glass.expires_at:%Y-%m-%d %H:%M} UTC" if glass.expires_at else "?"
        said = f"{glass.facts.get('by')} broke the glass until {until}: {glass.facts.get('reason')}"
        return Answer(passed=True, text=said)
    words = standing(case.evidence, case.scope, case.now)
    denials = [word for word in words if word.kind == DENIAL]
    if denials:
        said = ", ".join(f"{word.by} ({word.reason})" for word in denials)
        return Answer(passed=False, text=f"denied by {said}")
    validators = {word.person for word in words if word.kind == VALIDATION and not word.is_own}
    given = {
        word.person: word
        for word in words
        if word.kind == APPROVAL and (not role or word.role == role or word.is_own)
    }
    barred = {
        person
        for person, word in given.items()
        if not word.is_own and {person, word.by} & (case.authors | validators)
    }
    counted = {person: word for person, word in given.items() if person not in barred}
    passed = len(counted) >= needed or any(word.is_own for word in counted.values())
    return Answer(passed, _tally(counted, barred, needed, role), waiting=not passed)


def _tally(counted: Mapping[str, Word], barred: set[str], needed: int, role: str) -> str:
    """Return who approved, in words."""
    shown = [
        f"{person} (self-approved)" if word.is_own else speaker(person, word)
        for person, word in sorted(counted.items())
    ]
    who = f": {', '.join(shown)}" if shown else ""
    own = " (an author's or a validator's own does not count)" if barred else ""
    return f"{len(counted)} of {count(needed, 'approval')}{f' by {role}' if role else ''}{who}{own}"


def speaker(person: str, word: Word) -> str:
    """Return whose word it is, and by whom it was said."""
    return person if word.by == person else f"{word.by} for {person}"


def validated(_: Mapping[str, float | int | str], case: Case) -> Answer:
    """Look for the word of a validator who is no author."""
    words = standing(case.evidence, case.scope, case.now)
    given = [word for word in words if word.kind == VALIDATION]
    sound = [w for w in given if w.is_own or not {w.person, w.by} & case.authors]
    if sound:
        who = ", ".join(sorted(speaker(word.person, word) for word in sound))
        return Answer(passed=True, text=f"validated by {who}: {sound[0].reason}")
    own = "; an author's own does not count" if given else ""
    return Answer(passed=False, text=f"no validator has vouched for it{own}", waiting=True)


def approvers(case: Case) -> str:
    """Return everybody who approves what is to be decided, author or not, or an empty text."""
    words = standing(case.evidence, case.scope, case.now)
    return ", ".join(sorted(speaker(w.person, w) for w in words if w.kind == APPROVAL))
