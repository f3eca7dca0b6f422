"""The parameters that predicates take, and what they refuse."""

import math
from datetime import UTC, datetime

import pytest

from tenure.core.cases import Case
from tenure.core.errors import TenureError
from tenure.core.parameters import Param
from tenure.core.predicates import PREDICATES

_TEXTS = {"since": "2013-03-01", "until": "2013-04-02"}
NOW = datetime(2013, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", sorted(PREDICATES))
def test_every_predicate_says_what_it_means_and_refuses_without_evidence(name: str) -> None:
    predicate = PREDICATES[name]
    assert predicate.name == name
    assert predicate.says
    needed = {
        one.name: _TEXTS.get(one.name, "auc") if one.kind == "text" else 1
        for one in predicate.params
        if one.default is None
    }
    answer = predicate.holds(predicate.complete(needed), Case((), NOW, ""))
    assert not answer.passed
    assert answer.text


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("evidence_fresh", {"days": 3}, "evidence_fresh takes no 'days'"),
        ("metric_min", {"metric": "auc"}, "metric_min needs value"),
        ("metric_min", {"metric": 3, "value": 1}, "metric of metric_min must be a text: 3"),
        ("approvals", {"count": 0}, "count of approvals must be at least 1: 0"),
        ("approvals", {"count": 1.5}, "must be a whole number"),
        ("approvals", {"count": True}, "must be a whole number"),
        ("freeze", {"since": "Monday", "until": "2013-04-02"}, "since of freeze must be a day"),
        ("change_window", {"weekdays": "mon-xyz"}, "weekdays of change_window must be days"),
        ("better_than_champion", {"confidence": 1.5}, "must be between 0.5 and 0.9999"),
        ("better_than_champion", {"margin": "big"}, "must be a number"),
        ("better_than_champion", {"margin": math.nan}, "must be a number"),
        ("better_than_champion", {"margin": None}, "must be a number"),
    ],
)
def test_wrong_parameters_are_refused(name: str, params: dict[str, object], words: str) -> None:
    with pytest.raises(TenureError) as refusal:
        PREDICATES[name].complete(params)
    assert refusal.value.code == "policy.bad_clause"
    assert words in refusal.value.message


def test_an_unknown_parameter_is_answered_with_the_known_ones() -> None:
    with pytest.raises(TenureError) as refusal:
        PREDICATES["approvals"].complete({"roles": "x"})
    assert refusal.value.hint == "known: count, role"


def test_defaults_are_filled_in() -> None:
    full = PREDICATES["not_worse_than_champion"].complete({"margin": 0.01})
    assert full == {"margin": 0.01, "margin_share": 0.0, "confidence": 0.95}


@pytest.mark.parametrize("name", sorted(PREDICATES))
def test_every_default_is_itself_allowed(name: str) -> None:
    params = [one for one in PREDICATES[name].params if one.default is not None]
    assert [one.problem(one.default) for one in params] == [""] * len(params)


def test_an_open_number_may_be_negative() -> None:
    assert Param("value", "number").problem(-1e9) == ""
