"""A person's word for a version: by whom it may be given, when, and what follows from it."""

from datetime import timedelta

import pytest

from tenure.core.errors import Kind, TenureError
from tenure.core.keys import Permission, Principal, Role
from tenure.core.studies import StudyState
from tenure.core.versions import Assurance
from tenure.services import approve, keys
from tenure.services.approve import Said
from tenure.services.house import House
from tests.services.conftest import Begin
from tests.small.clock import HandClock
from tests.small.house import spec_of
from tests.small.life import Life

SIGNED = {"holdout": "5d", "signed": {"require": "approvals", "count": 2}}


@pytest.fixture
def waiting(fresh_life: Begin) -> Life:
    """A life whose first version waits for two approvals."""
    life = fresh_life(spec_of(gate=SIGNED))
    life.declare()
    life.work()
    assert [study.state for study in life.studies()] == [StudyState.WAITING]
    return life


def person(life: Life, name: str, role: Role = Role.APPROVER, **more: str) -> Principal:
    return Principal(name, life.tenant, role, person=more.pop("person", name), **more)  # type: ignore[arg-type]  # texts


def said(life: Life, who: Principal, number: int = 1, scope: str = "") -> Said:
    return Said(who, life.tenant, life.model, number, "looks sound", scope)


def give(life: Life, name: str, role: Role = Role.APPROVER, number: int = 1) -> None:
    approve.give(life.house, said(life, person(life, name, role), number))
    life.work()


def assurance(life: Life) -> Assurance:
    return life.read(lambda work: work.versions.get(life.tenant, f"{life.model}/1")).state


def test_a_version_is_approved_when_enough_people_have_said_so(waiting: Life) -> None:
    give(waiting, "anna")
    give(waiting, "anna")  # twice is once
    assert waiting.studies()[0].state is StudyState.WAITING
    give(waiting, "otto", Role.CLIENT_APPROVER)
    assert waiting.studies()[0].state is StudyState.PROMOTED
    assert assurance(waiting) is Assurance.APPROVED
    assert [entry.actor for entry in waiting.told("approval.given")] == ["anna", "otto"]
    assert waiting.told("approval.given")[0].facts["reason"] == "looks sound"


def test_two_keys_of_one_person_are_one(waiting: Life) -> None:
    give(waiting, "anna")
    second = person(waiting, "another key", person="anna")
    approve.give(waiting.house, said(waiting, second))
    waiting.work()
    assert waiting.studies()[0].state is StudyState.WAITING


def test_one_no_refuses(waiting: Life) -> None:
    give(waiting, "anna")
    approve.deny(waiting.house, said(waiting, person(waiting, "otto")))
    waiting.work()
    assert waiting.studies()[0].state is StudyState.REFUSED
    assert "denied by otto (looks sound)" in waiting.studies()[0].reason
    assert assurance(waiting) is Assurance.REJECTED


def test_a_word_is_taken_back_while_the_version_waits(waiting: Life) -> None:
    otto = said(waiting, person(waiting, "otto"))
    with pytest.raises(TenureError, match=r"approval\.nothing_said"):
        approve.withdraw(waiting.house, otto)
    give(waiting, "otto")
    approve.withdraw(waiting.house, otto)
    give(waiting, "anna")
    assert waiting.studies()[0].state is StudyState.WAITING
    give(waiting, "otto")
    assert waiting.studies()[0].state is StudyState.PROMOTED
    kinds = ["approval.given", "approval.withdrawn"]
    assert [[e.actor for e in waiting.told(kind)] for kind in kinds] == [
        ["otto", "anna", "otto"],
        ["otto"],
    ]


def test_nobody_approves_what_they_have_not_seen(waiting: Life) -> None:
    study = waiting.studies()[0]
    scope = waiting.read(lambda work: work.decisions.get(waiting.tenant, study.decision_id)).scope
    with pytest.raises(TenureError, match=r"approval\.scope_changed"):
        approve.give(waiting.house, said(waiting, person(waiting, "anna"), scope="sha256:old"))
    seen = approve.give(waiting.house, said(waiting, person(waiting, "anna"), scope=scope))
    assert seen.facts["scope"] == scope


def test_a_broken_glass_lets_a_version_pass_and_asks_for_a_review(waiting: Life) -> None:
    house, olga = waiting.house, person(waiting, "olga", Role.OPERATOR)
    with pytest.raises(TenureError, match=r"approval\.too_long"):
        approve.break_glass(house, said(waiting, olga), timedelta(hours=25))
    with pytest.raises(TenureError, match=r"approval\.not_allowed"):
        approve.break_glass(house, said(waiting, person(waiting, "anna")), timedelta(hours=1))
    approve.break_glass(house, said(waiting, olga), timedelta(hours=1))
    waiting.work()
    assert waiting.studies()[0].state is StudyState.PROMOTED
    (finding,) = waiting.read(lambda work: work.findings.list(waiting.tenant, kind="break_glass"))
    assert (finding.version, finding.closed_at) == (1, None)
    own = said(waiting, person(waiting, "olga", Role.ADMIN))
    with pytest.raises(TenureError, match=r"approval\.own_glass"):
        approve.review(house, own)
    closed = approve.review(house, said(waiting, person(waiting, "anna")))
    assert closed.closed_because == "looks sound"
    with pytest.raises(TenureError, match=r"approval\.nothing_broken"):
        approve.review(house, said(waiting, person(waiting, "anna")))


def test_a_deputy_approves_for_a_time_and_may_do_no_more(house: House, clock: HandClock) -> None:
    anna = Principal("anna", "acme", Role.APPROVER, person="anna")
    until = clock.now() + timedelta(days=7)
    key, text = approve.delegate(house, anna, "acme", "Dora", until)
    dora = keys.authenticate(house, text)
    assert (dora.deputy_of, dora.person, key.expires_at) == ("anna", key.id, until)
    assert [one for one in Permission if dora.may(one, "acme")] == [
        Permission.READ,
        Permission.APPROVE,
    ]
    with pytest.raises(TenureError, match=r"approval\.not_delegable"):
        approve.delegate(house, dora, "acme", "Dora's friend", until)
    with pytest.raises(TenureError, match=r"approval\.too_long"):
        approve.delegate(house, anna, "acme", "Dora", clock.now() + timedelta(days=31))


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VALIDATOR, Role.OPERATOR, Role.VIEWER])
def test_not_everybody_may(waiting: Life, role: Role) -> None:
    with pytest.raises(TenureError) as refused:
        give(waiting, "anna", role)
    assert (refused.value.code, refused.value.kind) == ("approval.not_allowed", Kind.DENIED)
    assert waiting.told("approval.given") == []


def test_only_what_waits_can_be_approved(life: Life) -> None:
    with pytest.raises(TenureError, match=r"approval\.not_waiting"):
        give(life, "anna")
    with pytest.raises(TenureError, match=r"version\.not_found"):
        give(life, "anna", number=7)
