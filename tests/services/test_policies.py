"""Policies are published, hold from then on, and nobody below them asks for less."""

from dataclasses import replace

import pytest

from tenure.core.errors import Kind, TenureError
from tenure.core.keys import Principal, Role
from tenure.core.policies import Outcome
from tenure.core.spec.values import Spec
from tenure.core.studies import StudyState
from tenure.core.tenants import SYSTEM
from tenure.services import declare, policies
from tenure.services.house import House
from tests.services.conftest import Begin
from tests.small.house import spec_of

ANN = Principal("key", "acme", Role.ADMIN, person="ann")
OWNER = '[clauses.owner]\nrequire = "approvals"\ncount = 2\n'
HIGH = '[tiers.high.owner]\nrequire = "approvals"\n'


def publish(house: House, text: str, tenant: str = "acme") -> int:
    return policies.publish(house, ANN, tenant, text, "because").number


def refused(house: House, spec: Spec) -> TenureError:
    with pytest.raises(TenureError) as refusal:
        declare.apply(house, "test", "acme", spec)
    assert (refusal.value.kind, refusal.value.code) == (Kind.REFUSED, "policy.loosened")
    return refusal.value


def gate(**clauses: object) -> Spec:
    return spec_of(gate={"holdout": "5d", **clauses})


def test_what_is_published_gets_the_next_number_and_saying_it_again_changes_nothing(
    house: House,
) -> None:
    assert [publish(house, text) for text in (OWNER, "# again\n" + OWNER, HIGH, OWNER)] == [
        1,
        1,
        2,
        3,
    ]
    with house.store.read() as work:
        found = work.policies.list("acme")
        told = [e for e in work.ledger.read("acme") if e.kind == "policy.published"]
    assert [(one.number, one.text, one.by) for one in found][1] == (2, HIGH, "ann")
    assert [entry.facts["digest"] for entry in told] == [one.digest for one in found]


def test_a_spec_that_asks_for_less_is_refused_with_the_clause_and_whose_it_is(
    house: House,
) -> None:
    publish(house, OWNER)
    error = refused(house, gate(owner={"require": "approvals"}))
    assert error.message == "owner: count = 1, and tenant acme (1) asks for 2"
    assert error.where.startswith("[gate.owner]")
    with pytest.raises(TenureError, match=r"policy\.loosened"):
        declare.plan(house, "acme", gate(owner={"require": "approvals"}), None)
    observing = gate(mode="observe", owner={"require": "approvals", "count": 2})
    assert "mode = 'observe'" in refused(house, observing).message
    declare.apply(house, "test", "acme", gate(owner={"require": "approvals", "count": 3}))


def test_a_model_does_not_slip_out_of_its_tier(house: House) -> None:
    publish(house, HIGH)
    high = spec_of(model={"tier": "high"})
    declare.apply(house, "test", "acme", high)
    low = replace(high, model=replace(high.model, tier="low"))
    assert "would be gone" in refused(house, low).message
    publish(house, HIGH + f'[models.{high.model.name}]\ntier = "high"\n')
    declare.apply(house, "test", "acme", low)  # the policy says its tier now


def test_the_house_is_above_every_tenant(house: House) -> None:
    publish(house, OWNER, SYSTEM)
    with pytest.raises(TenureError, match="count = 1, and house") as refusal:
        publish(house, '[tiers.low.owner]\nrequire = "approvals"\n')
    assert refusal.value.code == "policy.loosened"
    refused(house, gate(owner={"require": "approvals"}))
    with pytest.raises(TenureError, match=r"policy\.of_house"):
        publish(house, '[models.churn.owner]\nrequire = "approvals"\n', SYSTEM)


def test_a_race_is_judged_by_what_is_published_and_the_decision_says_whose_clause_it_was(
    fresh_life: Begin,
) -> None:
    life = fresh_life(spec_of(gate={"holdout": "5d", "mode": "observe"}))
    publish(life.house, OWNER)
    life.declare()
    life.work()
    (study,) = life.studies()
    assert study.state is StudyState.WAITING
    decision = life.read(lambda work: work.decisions.get(life.tenant, study.decision_id))
    assert decision.outcome is Outcome.WAITING
    (owner,) = [reason for reason in decision.reasons if reason.clause == "owner"]
    assert (owner.level, owner.mode, owner.waiting) == ("tenant acme (1)", "prevent", True)
    assert {reason.mode for reason in decision.reasons if reason is not owner} == {"observe"}
