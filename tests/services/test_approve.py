"""A person's word for a version: by whom it may be given, when, and what follows from it."""

import pytest

from tenure.core.errors import Kind, TenureError
from tenure.core.keys import Role
from tenure.core.studies import StudyState
from tenure.core.versions import Assurance
from tenure.services import approve
from tests.services.conftest import Begin
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


def give(life: Life, actor: str, role: Role = Role.APPROVER, number: int = 1) -> None:
    approve.give(life.house, actor, role, life.tenant, life.model, number, "looks sound")
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
