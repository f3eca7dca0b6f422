"""Author, validator and approver are three people; one denial refuses; the sole user is named."""

import pytest

from tenure.core.cases import Answer, Case
from tenure.core.evidence import Evidence
from tenure.core.vouching import approvals, approvers, validated
from tests.core.test_approvals import NOW, said

ONE: dict[str, float | int | str] = {"count": 1, "role": ""}


def case(*evidence: Evidence) -> Case:
    return Case(evidence, NOW, "otto", declared_by="dave", scope="s")


@pytest.mark.parametrize("author", ["otto", "dave"])
def test_neither_who_made_it_nor_who_declared_it_approves_or_validates(author: str) -> None:
    own = approvals(ONE, case(said("approval", author)))
    assert own == Answer(
        False, "0 of 1 approval (an author's or a validator's own does not count)", waiting=True
    )
    assert validated({}, case(said("validation", author))).waiting
    deputy = said("approval", "dora", 0, **{"for": author})
    assert not approvals(ONE, case(deputy)).passed
    assert not approvals(ONE, case(said("approval", author, 0, **{"for": "ann"}))).passed


def test_who_validated_does_not_approve() -> None:
    both = case(said("validation", "vera"), said("approval", "vera", 1))
    assert validated({}, both).passed
    assert not approvals(ONE, both).passed
    assert approvals(ONE, case(said("validation", "vera"), said("approval", "ann"))).passed


def test_one_denial_refuses_whatever_others_say() -> None:
    words = (said("approval", "ann"), said("denial", "bob", reason="the data is wrong"))
    assert approvals(ONE, case(*words)) == Answer(False, "denied by bob (the data is wrong)")


def test_an_approver_and_their_deputy_are_one() -> None:
    words = (said("approval", "ann"), said("approval", "dora", 0, **{"for": "ann"}))
    answer = approvals({"count": 2, "role": ""}, case(*words))
    assert answer == Answer(False, "1 of 2 approvals: dora for ann", waiting=True)


def test_the_sole_user_of_a_home_approves_alone_and_it_says_so() -> None:
    own = said("approval", "otto", role="sole_user")
    answer = approvals({"count": 2, "role": "client_approver"}, case(own))
    assert answer.passed
    assert "otto (self-approved)" in answer.text
    assert validated({}, case(said("validation", "otto", role="sole_user"))).passed


def test_a_broken_glass_passes_by_its_name() -> None:
    answer = approvals(ONE, case(said("break_glass", "olga", reason="fire"), said("denial", "bob")))
    assert answer == Answer(True, "olga broke the glass until 2013-03-11 00:00 UTC: fire")


def test_who_approves_is_named() -> None:
    words = case(said("approval", "bob"), said("approval", "ann"), said("denial", "eve"))
    assert approvers(words) == "ann, bob"
    assert approvers(case()) == ""
