"""How much was seen, how faithful and cheap a model is, when it may change: and the words for it."""

from datetime import UTC, datetime, timedelta

import pytest

from tenure.core.cases import Answer, Case
from tenure.core.evidence import Evidence
from tenure.core.predicates import PREDICATES

NOW = datetime(2013, 4, 3, 9, 30, tzinfo=UTC)
"""A Wednesday."""
Facts = dict[str, float | int | str | None]
JUDGED: Facts = {"metric": "log_loss", "log_loss": 0.4, "baseline.log_loss": 0.5, "rows": 200}
JUDGED |= {"auc": 0.8, "baseline.auc": 0.5, "days": 5}
FAITHFUL: Facts = {"max_difference": 1e-7, "label_flips": 0}
CHEAP: Facts = {"row_micros": 40.0, "bytes": 3 * 1024**2}


def made(kind: str, facts: Facts, valid: timedelta = timedelta(days=9)) -> Evidence:
    at = NOW - timedelta(days=1)
    return Evidence(f"ev_{kind}", "DL", "late", 3, kind, at, at + valid, facts)


def ask(name: str, params: Facts, *evidence: Evidence, now: datetime = NOW) -> Answer:
    predicate = PREDICATES[name]
    return predicate.holds(predicate.complete(params), Case(evidence, now, ""))


@pytest.mark.parametrize(
    ("params", "passed"),
    [({}, True), ({"least": 200, "days": 5}, True), ({"least": 201}, False), ({"days": 6}, False)],
)
def test_a_holdout_needs_rows_and_days(params: Facts, passed: bool) -> None:  # noqa: FBT001
    answer = ask("rows_judged", params, made("evaluation", JUDGED))
    assert answer.passed is passed
    assert answer.text.startswith("the evaluation saw 200 rows on 5 days, at least ")


def test_a_comparison_needs_them_too_where_there_is_a_champion() -> None:
    few: Facts = {"champion": 2, "rows": 9, "days": 2}
    assert not ask("rows_compared", {}, made("comparison", few)).passed
    assert ask("rows_compared", {}, made("comparison", {"champion": None})).passed
    unknown = ask("rows_compared", {}, made("comparison", {"champion": 2, "days": 2}))
    assert "has no value of rows" in unknown.text


@pytest.mark.parametrize(
    ("metric", "share", "text"),
    [("", 0.2, "log_loss goes 20.0% of the way"), ("auc", 0.6, "auc goes 60.0% of the way")],
)
def test_skill_is_the_way_from_a_constant_to_perfect(metric: str, share: float, text: str) -> None:
    known = made("evaluation", JUDGED)
    answer = ask("skill_min", {"metric": metric, "share": share - 0.001}, known)
    assert answer.passed
    assert answer.text.startswith(text)
    assert not ask("skill_min", {"metric": metric, "share": share + 0.001}, known).passed
    perfect = made("evaluation", {"metric": "auc", "auc": 1.0, "baseline.auc": 1.0})
    assert not ask("skill_min", {"share": 0.1}, perfect).passed


def test_what_was_handed_in_is_held_to_its_original_and_its_cost() -> None:
    origin = made("origin", {"file": "m.txt"})
    assert ask("faithful", {}, origin, made("parity", FAITHFUL)).passed
    many: list[Facts] = [{"max_difference": 1e-3}, {"label_flips": 1}, {"label_flips": None}]
    for worse in many:
        assert not ask("faithful", {}, origin, made("parity", FAITHFUL | worse)).passed
    assert ask("affordable", {}, origin, made("cost", CHEAP)).passed
    assert not ask("affordable", {"micros": 39.0}, origin, made("cost", CHEAP)).passed
    assert not ask("affordable", {"mib": 2.9}, origin, made("cost", CHEAP)).passed


@pytest.mark.parametrize("name", ["faithful", "affordable"])
def test_what_was_trained_here_passes_once_it_is_judged(name: str) -> None:
    assert ask(name, {}, made("evaluation", JUDGED)).passed
    assert not ask(name, {}).passed
    gone = made("parity", FAITHFUL, timedelta(0)), made("cost", CHEAP, timedelta(0))
    assert not ask(name, {}, made("origin", {}), made("evaluation", JUDGED), *gone).passed


def test_any_figure_of_any_evidence_can_be_bounded() -> None:
    known = made("parity", FAITHFUL)
    about: Facts = {"kind": "parity", "fact": "label_flips", "value": 0}
    assert ask("fact_max", about, known).passed
    assert ask("fact_min", about, known).passed
    assert not ask("fact_min", about | {"value": 1}, known).passed
    assert "has no value of strange" in ask("fact_max", about | {"fact": "strange"}, known).text
    assert ask("evidence_present", {"kind": "parity"}, known).passed
    for kind in ("fact_max", "evidence_present"):
        asked: Facts = about if kind == "fact_max" else {"kind": "parity"}
        assert "no parity" in ask(kind, asked).text


@pytest.mark.parametrize(
    ("since", "until", "passed"),
    [
        ("2013-04-04", "2013-04-09", True),
        ("2013-04-01", "2013-04-03", True),
        ("2013-04-03", "2013-04-04", False),
        ("2013-04-09", "2013-04-04", False),
        ("2013-02-30", "2013-04-04", False),
    ],
)
def test_nothing_changes_in_a_freeze(since: str, until: str, passed: bool) -> None:  # noqa: FBT001
    assert ask("freeze", {"since": since, "until": until}).passed is passed


@pytest.mark.parametrize(
    ("params", "passed"),
    [
        ({}, True),
        ({"weekdays": "wed"}, True),
        ({"weekdays": "thu-sun"}, False),
        ({"weekdays": "fri-mon"}, False),  # no days at all: weeks begin on Monday
        ({"from_hour": 10}, False),
        ({"until_hour": 9}, False),
        ({"until_hour": 10}, True),
    ],
)
def test_changes_are_made_within_their_hours(params: Facts, passed: bool) -> None:  # noqa: FBT001
    answer = ask("change_window", params)
    assert answer.passed is passed
    assert answer.text.startswith("it is wed 09:30 UTC")


@pytest.mark.parametrize(
    ("params", "facts", "passed"),
    [
        ({}, {"tests": 9, "failed": 0, "errors": 0}, True),
        ({"least": 10}, {"tests": 9, "failed": 0, "errors": 0}, False),
        ({}, {"tests": 9, "failed": 0, "errors": 1}, False),
        ({"failed": 1}, {"tests": 9, "failed": 1, "errors": 0}, True),
        ({}, {"tests": 9}, False),
    ],
)
def test_tests_that_a_ci_brought_have_passed(params: Facts, facts: Facts, passed: bool) -> None:  # noqa: FBT001
    assert ask("tests_passed", params, made("tests", facts)).passed is passed


def test_tests_that_nobody_brought_have_not() -> None:
    assert "tenure test import" in ask("tests_passed", {}).text
    assert not ask("tests_passed", {}, made("tests", {"tests": 1}, timedelta(hours=1))).passed
