"""Of what people say counts the last word of each, about what is to be decided, while it is in force."""

from datetime import UTC, datetime, timedelta

import pytest

from tenure.core.approvals import broken_glass, scope_of, standing
from tenure.core.evidence import Evidence

NOW = datetime(2013, 3, 10, tzinfo=UTC)
Fact = float | int | str | None


def said(kind: str, by: str, at: int = 0, *, scope: str = "s", **more: Fact) -> Evidence:
    """`at` counts the words of one instant."""
    facts: dict[str, Fact] = {"by": by, "role": "approver", "scope": scope, "n": at, **more}
    until = NOW + timedelta(days=1)
    return Evidence(f"ev_{kind}_{by}_{at}", "DL", "m", 1, kind, NOW, until, facts)


def words(*evidence: Evidence, now: datetime = NOW) -> list[tuple[str, str]]:
    return [(one.kind, one.person) for one in standing(evidence, "s", now)]


def test_the_last_word_of_a_person_counts() -> None:
    assert words(said("denial", "ann", 1), said("approval", "ann", 0)) == [("denial", "ann")]
    taken_back = (said("approval", "ann"), said("withdrawal", "ann", 1), said("approval", "bob"))
    assert words(*taken_back) == [("approval", "bob")]
    assert words(*taken_back, said("approval", "ann", 2))[-1] == ("approval", "ann")


def test_a_word_about_something_else_or_out_of_date_does_not_count() -> None:
    assert words(said("approval", "ann", scope="other")) == []
    assert words(said("approval", "ann"), now=NOW + timedelta(days=1)) == []
    assert words(said("approval", "")) == []
    assert words(said("evaluation", "ann")) == []


def test_a_deputy_speaks_for_whoever_made_them_one() -> None:
    deputy = said("approval", "dora", 0, **{"for": "ann"})
    (word,) = standing([said("denial", "ann"), deputy], "s", NOW)
    assert (word.person, word.by, word.kind) == ("ann", "dora", "approval")


def test_a_validation_and_an_approval_are_two_words() -> None:
    both = words(said("validation", "ann"), said("approval", "ann", 1))
    assert sorted(both) == [("approval", "ann"), ("validation", "ann")]


def test_a_broken_glass_is_of_its_scope_and_its_hours() -> None:
    glass = said("break_glass", "olga")
    assert broken_glass([glass], "s", NOW) == glass
    assert broken_glass([glass], "other", NOW) is None
    assert broken_glass([glass], "s", NOW + timedelta(days=1)) is None
    assert words(glass) == []


@pytest.mark.parametrize("kind", ["approval", "denial", "withdrawal", "validation", "break_glass"])
def test_words_are_no_part_of_what_they_are_about(kind: str) -> None:
    measured = said("evaluation", "")
    scope = scope_of("sha256:v", "sha256:p", [measured])
    assert scope == scope_of("sha256:v", "sha256:p", [said(kind, "ann"), measured])
    assert scope != scope_of("sha256:v", "sha256:p", [])
    assert scope != scope_of("sha256:w", "sha256:p", [measured])
