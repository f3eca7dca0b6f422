"""Which evidence is in force, and which facts are figures."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tenure.core.cases import Answer, Case, figure, in_force, unknown, why_not
from tenure.core.evidence import Evidence

NOW = datetime(2013, 4, 1, tzinfo=UTC)
FACT = Evidence("ev_1", "DL", "m", 1, "evaluation", NOW, None, {})


def test_evidence_is_in_force_from_its_making_until_just_before_it_expires() -> None:
    assert in_force(FACT, NOW)
    assert in_force(FACT, NOW + timedelta(days=9999))
    assert not in_force(FACT, NOW - timedelta(microseconds=1))
    expiring = replace(FACT, expires_at=NOW + timedelta(days=1))
    assert in_force(expiring, NOW + timedelta(hours=23))
    assert not in_force(expiring, NOW + timedelta(days=1))
    assert why_not(expiring, NOW + timedelta(days=1)) == "expired on 2013-04-02 00:00 UTC"
    assert "after the decision" in why_not(FACT, NOW - timedelta(days=1))


@pytest.mark.parametrize("value", [None, "0.5", math.nan, math.inf, -math.inf, True])
def test_what_is_not_a_finite_number_is_no_figure(value: float | str | None) -> None:
    assert figure(replace(FACT, facts={"auc": value}), "auc") is None


@pytest.mark.parametrize("value", [0, 0.0, -3, 0.5])
def test_numbers_are_figures(value: float) -> None:
    assert figure(replace(FACT, facts={"auc": value}), "auc") == value


def test_a_missing_figure_is_answered_with_those_that_are_there() -> None:
    facts = replace(FACT, facts={"brier": 0.2, "auc": None, "accuracy": 0.8})
    assert unknown("auc", facts) == Answer(
        passed=False, text="the evaluation has no value of auc; it has accuracy, brier"
    )


def test_of_several_the_newest_in_force_is_taken() -> None:
    old = replace(FACT, id="ev_0", made_at=NOW - timedelta(days=2))
    future = replace(FACT, id="ev_2", made_at=NOW + timedelta(days=1))
    assert Case((old, FACT, future), NOW, "").newest("evaluation") == FACT
    assert Case((future, old), NOW, "").newest("evaluation") == old
    assert isinstance(Case((future,), NOW, "").newest("evaluation"), Answer)
    assert isinstance(Case((), NOW, "").newest("comparison"), Answer)
