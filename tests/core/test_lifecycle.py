"""State machines: every state against every state, and random walks that never leave the map."""

from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tenure.core.deployments import IN_FORCE, DeploymentState
from tenure.core.errors import Kind, TenureError
from tenure.core.lifecycle import DEPLOYMENT, MODEL, RUN, STUDY, VERSION, step
from tenure.core.models import ModelState
from tenure.core.studies import RunState, StudyState
from tenure.core.versions import Assurance

# Written out once more, so that a change of the rules is a change of two places.
ALLOWED = {
    ModelState: """
        proposed → onboarding decommissioned
        onboarding → active decommissioning
        active → deprecated decommissioning
        deprecated → active decommissioning
        decommissioning → decommissioned
        decommissioned →""",
    Assurance: """
        draft → candidate rejected
        candidate → validating rejected
        validating → approved rejected
        approved → suspended revoked archived
        suspended → approved revoked
        rejected → archived
        revoked → archived
        archived → disposed
        disposed →""",
    DeploymentState: """
        planned → shadow canary live stopped rolled_back
        shadow → canary live draining stopped rolled_back
        canary → live rolled_back draining
        live → draining rolled_back
        draining → stopped live
        stopped →
        rolled_back →""",
    StudyState: """
        planned → training refused failed
        training → judging failed
        judging → promoted refused waiting failed
        waiting → judging refused
        promoted →
        refused →
        failed →""",
    RunState: """
        planned → running failed cancelled
        running → succeeded failed cancelled
        succeeded →
        failed →
        cancelled →""",
}
TABLES: dict[type[StrEnum], dict[Any, frozenset[Any]]] = {
    ModelState: MODEL,
    Assurance: VERSION,
    DeploymentState: DEPLOYMENT,
    StudyState: STUDY,
    RunState: RUN,
}
NOUNS = {
    ModelState: "model",
    Assurance: "version",
    DeploymentState: "deployment",
    StudyState: "study",
    RunState: "run",
}


def allowed(kind: type[StrEnum]) -> set[tuple[str, str]]:
    pairs = set()
    for line in ALLOWED[kind].strip().splitlines():
        state, _, targets = line.partition("→")
        pairs |= {(state.strip(), target) for target in targets.split()}
    return pairs


CASES = [(kind, one, other) for kind in ALLOWED for one, other in product(kind, kind)]


@pytest.mark.parametrize(("kind", "current", "target"), CASES)
def test_every_state_against_every_state(
    kind: type[StrEnum], current: StrEnum, target: StrEnum
) -> None:
    if (current.value, target.value) in allowed(kind):
        assert step(current, target) is target
        return
    with pytest.raises(TenureError) as refusal:
        step(current, target)
    assert refusal.value.kind is Kind.CONFLICT
    assert refusal.value.code == f"{NOUNS[kind]}.bad_transition"
    assert current.value in refusal.value.message
    assert target.value in refusal.value.message


@pytest.mark.parametrize("kind", list(ALLOWED))
def test_the_tables_know_every_state_and_some_end(kind: type[StrEnum]) -> None:
    table = TABLES[kind]
    assert set(table) == set(kind)
    assert any(not targets for targets in table.values())


@pytest.mark.parametrize("kind", list(ALLOWED))
def test_every_state_is_reached_from_the_first_and_reaches_an_end(kind: type[StrEnum]) -> None:
    table = TABLES[kind]
    assert reach(table, next(iter(kind))) == set(kind)
    ends = {state for state, targets in table.items() if not targets}
    assert all(reach(table, state) & ends for state in kind)


def reach(table: dict[Any, frozenset[Any]], start: StrEnum) -> set[StrEnum]:
    found, ahead = {start}, [start]
    while ahead:
        for target in table[ahead.pop()] - found:
            found.add(target)
            ahead.append(target)
    return found


def test_the_hint_of_a_refusal_names_what_may_come() -> None:
    with pytest.raises(TenureError) as refusal:
        step(Assurance.DRAFT, Assurance.APPROVED)
    assert "candidate, rejected" in refusal.value.hint
    with pytest.raises(TenureError) as refusal:
        step(RunState.FAILED, RunState.RUNNING)
    assert "the end" in refusal.value.hint


def test_states_in_force_have_not_ended() -> None:
    assert all(DEPLOYMENT[state] for state in IN_FORCE)


class Endpoint(RuleBasedStateMachine):
    """A model, its versions and their deployments, as careless services would drive them."""

    @initialize()
    def begin(self) -> None:
        self.version = Assurance.DRAFT
        self.deployment = DeploymentState.PLANNED
        self.approved = False
        self.ended = False

    @rule(target_state=st.sampled_from(list(Assurance)))
    def move_version(self, target_state: Assurance) -> None:
        before = self.version
        try:
            self.version = step(self.version, target_state)
        except TenureError:
            assert self.version is before
        self.approved = self.approved or self.version is Assurance.APPROVED

    @rule(target_state=st.sampled_from(list(DeploymentState)))
    def move_deployment(self, target_state: DeploymentState) -> None:
        before = self.deployment
        try:
            self.deployment = step(self.deployment, target_state)
        except TenureError:
            assert self.deployment is before
        else:
            assert not self.ended
        self.ended = not DEPLOYMENT[self.deployment]

    @invariant()
    def nothing_is_suspended_or_revoked_that_was_never_approved(self) -> None:
        if self.version in {Assurance.SUSPENDED, Assurance.REVOKED}:
            assert self.approved

    @invariant()
    def an_end_is_an_end(self) -> None:
        if self.ended:
            assert self.deployment in {DeploymentState.STOPPED, DeploymentState.ROLLED_BACK}


TestEndpoint = Endpoint.TestCase
TestEndpoint.settings = settings(max_examples=60, stateful_step_count=30)
