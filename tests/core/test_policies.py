"""Policies: clauses together, fail closed, and what each mode binds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.approvals import scope_of
from tenure.core.evidence import Evidence, evidence_id
from tenure.core.models import Task
from tenure.core.policies import (
    Clause,
    Decision,
    Outcome,
    Policy,
    Subject,
    confidences,
    decide,
    default_clauses,
)
from tenure.core.predicates import PREDICATES

NOW = datetime(2013, 4, 1, tzinfo=UTC)
SUBJECT = Subject("DL", "arrival-delay", 3, "st_1", "loop")
Facts = dict[str, float | int | str | None]

GOOD = Clause("good", "metric_max", {"metric": "log_loss", "value": 0.5})
BAD = Clause("bad", "metric_max", {"metric": "log_loss", "value": 0.4})
OWNER = Clause("owner", "approvals", {"count": 1})


def fact(kind: str, facts: Facts, *, version: int = 3, tenant: str = "DL") -> Evidence:
    name = evidence_id(tenant, "arrival-delay", version, kind, facts)
    return Evidence(name, tenant, "arrival-delay", version, kind, NOW, None, facts)


SCORES = fact("evaluation", {"metric": "log_loss", "log_loss": 0.47, "baseline.log_loss": 0.52})
APPROVAL = fact("approval", {"by": "ann", "role": "approver"})
FIRST = fact("comparison", {"champion": None})


def decided(
    *clauses: Clause, mode: str = "prevent", evidence: tuple[Evidence, ...] = (SCORES,)
) -> Decision:
    return decide(Policy(clauses, mode), SUBJECT, evidence, now=NOW)


def approval_of(policy: Policy, *seen: Evidence) -> Evidence:
    scope = scope_of(SUBJECT.digest, policy.digest, seen)
    return fact("approval", {"by": "ann", "role": "approver", "scope": scope})


def test_all_clauses_passed() -> None:
    policy = Policy((GOOD, OWNER))
    decision = decide(policy, SUBJECT, (SCORES, approval_of(policy, SCORES)), now=NOW)
    assert decision.outcome is Outcome.PASSED
    assert decision.text == "all clauses passed"
    assert [reason.clause for reason in decision.reasons] == ["good", "owner"]


def test_an_approval_of_something_else_does_not_count() -> None:
    """Another version's bytes, another policy, evidence that came or went: each changes the scope."""
    policy = Policy((GOOD, OWNER))
    approved = (SCORES, approval_of(policy, SCORES))
    assert decide(policy, SUBJECT, approved, now=NOW).outcome is Outcome.PASSED
    others = (
        (policy, replace(SUBJECT, digest="sha256:other"), approved),
        (Policy((GOOD, OWNER, Clause("more", "approvals"))), SUBJECT, approved),
        (policy, SUBJECT, (*approved, FIRST)),
    )
    for rules, subject, evidence in others:
        assert decide(rules, subject, evidence, now=NOW).outcome is Outcome.WAITING


def test_one_failed_clause_refuses_and_its_reason_is_the_decisions_text() -> None:
    decision = decided(GOOD, BAD)
    assert decision.outcome is Outcome.REFUSED
    assert decision.text == "log_loss is 0.4700, at most 0.4000 is required"
    assert [reason.passed for reason in decision.reasons] == [True, False]


def test_a_decision_waits_only_when_nothing_but_people_is_missing() -> None:
    assert decided(GOOD, OWNER).outcome is Outcome.WAITING
    assert decided(BAD, OWNER).outcome is Outcome.REFUSED


@pytest.mark.parametrize("clauses", [(BAD,), (OWNER,), (BAD, OWNER)])
def test_warn_passes_and_keeps_its_reasons(clauses: tuple[Clause, ...]) -> None:
    decision = decided(*clauses, mode="warn")
    assert decision.outcome is Outcome.PASSED
    assert not any(reason.passed for reason in decision.reasons)
    assert decision.text != "all clauses passed"


@pytest.mark.parametrize("clauses", [(BAD,), (OWNER,), (BAD, OWNER)])
def test_observe_records_what_would_have_been_refused(clauses: tuple[Clause, ...]) -> None:
    assert decided(*clauses, mode="observe").outcome is Outcome.OBSERVED
    assert decided(GOOD, mode="observe").outcome is Outcome.PASSED


def test_an_unknown_mode_binds() -> None:
    assert decided(BAD, mode="whatever").outcome is Outcome.REFUSED


def test_a_policy_without_clauses_refuses() -> None:
    decision = decided()
    assert decision.outcome is Outcome.REFUSED
    assert "no clause" in decision.text


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        (Clause("x", "moon_phase"), "knows no predicate 'moon_phase'"),
        (Clause("x", "metric_max", {"metric": "log_loss"}), "needs value"),
    ],
)
def test_a_clause_that_cannot_be_read_refuses(clause: Clause, words: str) -> None:
    decision = decided(clause)
    assert decision.outcome is Outcome.REFUSED
    assert words in decision.text
    assert decision.reasons[0].require == clause.require


@pytest.mark.parametrize(
    "stranger",
    [
        replace(SCORES, tenant_id="UA"),
        replace(SCORES, model_id="other"),
        replace(SCORES, version=2),
    ],
)
def test_evidence_of_something_else_is_not_looked_at(stranger: Evidence) -> None:
    decision = decided(GOOD, evidence=(stranger,))
    assert decision.outcome is Outcome.REFUSED
    assert decision.evidence == ()


def test_a_decision_pins_what_it_was_made_from() -> None:
    decision = decided(GOOD, evidence=(SCORES, APPROVAL))
    policy = Policy((GOOD,))
    assert decision.policy_digest == policy.digest
    assert decision.evidence == tuple(sorted((SCORES.id, APPROVAL.id)))
    assert (decision.made_at, decision.mode, decision.version) == (NOW, "prevent", 3)
    assert (decision.tenant_id, decision.model_id, decision.study_id) == (
        "DL",
        "arrival-delay",
        "st_1",
    )


def test_deciding_twice_is_deciding_once_and_new_evidence_is_a_new_decision() -> None:
    first = decided(GOOD)
    assert decided(GOOD) == first
    assert decided(GOOD, evidence=(SCORES, APPROVAL)).id != first.id
    assert decided(BAD).id != first.id
    later = decide(Policy((GOOD,)), SUBJECT, [SCORES], now=NOW + timedelta(days=1))
    assert later.id != first.id


def test_the_digest_names_the_rules_and_nothing_else() -> None:
    one = Clause("c", "metric_max", {"metric": "auc", "value": 1})
    other = Clause("c", "metric_max", {"value": 1, "metric": "auc"})
    assert Policy((one,)).digest == Policy((other,)).digest
    assert Policy((one,)).digest != Policy((one,), "warn").digest
    assert Policy((one, GOOD)).digest != Policy((GOOD, one)).digest
    assert Policy((one,)).digest != Policy((replace(one, name="d"),)).digest


@pytest.mark.parametrize("task", list(Task))
def test_the_default_clauses_let_a_good_first_version_through(task: Task) -> None:
    clauses = default_clauses(task, timedelta(days=30))
    assert [clause.require for clause in clauses] == [
        "beats_baseline",
        "not_worse_than_champion",
        "evidence_fresh",
    ]
    for clause in clauses:
        PREDICATES[clause.require].complete(clause.params)
    assert decided(*clauses, evidence=(SCORES, FIRST)).outcome is Outcome.PASSED
    assert decided(*clauses, evidence=(FIRST,)).outcome is Outcome.REFUSED


def test_the_default_margin_of_numbers_is_a_share_of_the_champions_loss() -> None:
    compared: Facts = {"difference": 0.01, "low": -0.06, "high": 0.08, "champion_loss": 20.0}
    compared |= {"confidence": 0.95, "champion": 2}
    evidence = (SCORES, fact("comparison", compared))
    numbers = default_clauses(Task.REGRESSION, timedelta(days=30))
    classes = default_clauses(Task.BINARY, timedelta(days=30))
    assert decided(*numbers, evidence=evidence).outcome is Outcome.PASSED
    assert decided(*classes, evidence=evidence).outcome is Outcome.REFUSED


def test_the_confidences_that_comparisons_are_asked_for() -> None:
    clauses = (
        Clause("a", "not_worse_than_champion"),
        Clause("b", "better_than_champion", {"confidence": 0.8}),
        Clause("c", "not_worse_than_champion", {"confidence": 0.95}),
        Clause("d", "moon_phase", {"confidence": 0.5}),
        GOOD,
    )
    assert confidences(Policy(clauses)) == (0.8, 0.95)


@given(st.lists(st.sampled_from([GOOD, BAD, OWNER, Clause("x", "moon_phase")]), max_size=5))
def test_only_a_policy_whose_every_clause_holds_passes(clauses: list[Clause]) -> None:
    decision = decided(*clauses)
    holds = bool(clauses) and all(clause == GOOD for clause in clauses)
    assert (decision.outcome is Outcome.PASSED) is holds
    observed = decided(*clauses, mode="observe").outcome
    assert observed is (Outcome.PASSED if holds else Outcome.OBSERVED)
    assert decided(*clauses, mode="warn").outcome is Outcome.PASSED
