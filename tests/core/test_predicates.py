"""Predicates: what passes, what does not, and the sentence that says so."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.cases import Answer, Case
from tenure.core.evidence import Evidence
from tenure.core.predicates import PREDICATES

NOW = datetime(2013, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)
Facts = dict[str, float | int | str | None]
SCORES: Facts = {
    "metric": "log_loss",
    "log_loss": 0.47,
    "baseline.log_loss": 0.52,
    "auc": 0.7,
    "baseline.auc": 0.5,
    "accuracy": None,
    "baseline.brier": 0.2,
    "brier": math.nan,
    "mode": "text",
}
AGAINST: Facts = {
    "difference": 0.0041,
    "low": 0.0012,
    "high": 0.0070,
    "confidence": 0.95,
    "days": 14,
    "rows": 4211,
    "champion": 2,
    "champion_loss": 0.5,
}
GAIN: Facts = {**AGAINST, "difference": -0.013, "low": -0.021, "high": -0.005}


def made(
    kind: str, facts: Facts, *, ago: timedelta = DAY, valid: timedelta | None = 30 * DAY
) -> Evidence:
    at = NOW - ago
    name = f"ev_{kind}_{at}_{facts}"
    expires = None if valid is None else at + valid
    return Evidence(name, "DL", "arrival-delay", 3, kind, at, expires, facts)


def ask(
    name: str,
    params: dict[str, float | int | str] | None = None,
    *evidence: Evidence,
    author: str = "",
) -> Answer:
    predicate = PREDICATES[name]
    return predicate.holds(predicate.complete(params or {}), Case(evidence, NOW, author))


def test_a_model_that_beats_a_constant_passes_with_both_figures() -> None:
    answer = ask("beats_baseline", {}, made("evaluation", SCORES))
    assert answer == Answer(True, "log_loss 0.4700 beats the baseline's 0.5200")


def test_more_is_better_where_the_metric_says_so() -> None:
    assert ask("beats_baseline", {"metric": "auc"}, made("evaluation", SCORES)).passed
    worse: Facts = {**SCORES, "auc": 0.4}
    answer = ask("beats_baseline", {"metric": "auc"}, made("evaluation", worse))
    assert answer == Answer(False, "auc 0.4000 does not beat the baseline's 0.5000")


def test_a_margin_over_the_baseline_is_held() -> None:
    answer = ask("beats_baseline", {"margin": 0.1}, made("evaluation", SCORES))
    assert not answer.passed
    assert "by more than 0.1000" in answer.text


def test_an_equal_figure_does_not_beat() -> None:
    level: Facts = {"metric": "log_loss", "log_loss": 0.5, "baseline.log_loss": 0.5}
    assert not ask("beats_baseline", {}, made("evaluation", level)).passed


@pytest.mark.parametrize("metric", ["accuracy", "brier", "mode", "recall"])
def test_a_figure_that_is_missing_or_not_a_number_refuses_and_is_named(metric: str) -> None:
    for name, more in (
        ("beats_baseline", {}),
        ("metric_min", {"value": 0}),
        ("metric_max", {"value": 9}),
    ):
        answer = ask(name, {"metric": metric, **more}, made("evaluation", SCORES))
        assert not answer.passed
        assert f"no value of {metric}" in answer.text
        assert "log_loss" in answer.text


def test_a_missing_baseline_and_a_missing_metric_name_refuse() -> None:
    alone = made("evaluation", {"metric": "log_loss", "log_loss": 0.4})
    assert "baseline.log_loss" in ask("beats_baseline", {}, alone).text
    nameless = made("evaluation", {})
    answer = ask("beats_baseline", {}, nameless)
    assert not answer.passed
    assert "none at all" in answer.text


@pytest.mark.parametrize(
    ("value", "least", "most"), [(0.7, True, True), (0.6, True, False), (0.8, False, True)]
)
def test_a_metric_is_held_between_its_bounds(value: float, *, least: bool, most: bool) -> None:
    scores = made("evaluation", SCORES)
    answer = ask("metric_min", {"metric": "auc", "value": value}, scores)
    assert answer.passed is least
    assert answer.text == f"auc is 0.7000, at least {value:.4f} is required"
    answer = ask("metric_max", {"metric": "auc", "value": value}, scores)
    assert answer.passed is most
    assert answer.text == f"auc is 0.7000, at most {value:.4f} is required"


NEEDING = [
    ("beats_baseline", {}, "evaluation"),
    ("metric_min", {"metric": "auc", "value": 0.5}, "evaluation"),
    ("metric_max", {"metric": "auc", "value": 0.9}, "evaluation"),
    ("not_worse_than_champion", {}, "comparison"),
    ("better_than_champion", {}, "comparison"),
    ("gains_on_champion", {}, "comparison"),
]


@pytest.mark.parametrize(("name", "params", "kind"), NEEDING)
def test_missing_expired_and_future_evidence_refuses_and_says_how_to_get_it(
    name: str, params: dict[str, float | int | str], kind: str
) -> None:
    facts = SCORES if kind == "evaluation" else GAIN
    other = made("comparison" if kind == "evaluation" else "evaluation", facts)
    answer = ask(name, params, other)
    assert not answer.passed
    assert not answer.waiting
    assert answer.text.startswith(f"there is no {kind} of this version; a study")
    expired = ask(name, params, made(kind, facts, ago=31 * DAY))
    assert not expired.passed
    assert "expired on 2013-03-31" in expired.text
    future = ask(name, params, made(kind, facts, ago=-DAY))
    assert not future.passed
    assert "dated after the decision (2013-04-02" in future.text


def test_the_newest_evidence_counts() -> None:
    old, new = made("evaluation", {**SCORES, "auc": 0.9}, ago=5 * DAY), made("evaluation", SCORES)
    for order in ((old, new), (new, old)):
        assert not ask("metric_min", {"metric": "auc", "value": 0.8}, *order).passed


@pytest.mark.parametrize(
    "name", ["not_worse_than_champion", "better_than_champion", "gains_on_champion"]
)
def test_the_first_version_of_a_model_has_nobody_to_beat(name: str) -> None:
    assert ask(name, {}, made("comparison", {"champion": None})) == Answer(True, "no champion yet")


def test_a_candidate_that_may_lose_more_than_the_margin_is_refused_with_its_numbers() -> None:
    answer = ask("not_worse_than_champion", {}, made("comparison", AGAINST))
    assert answer == Answer(
        False,
        "candidate loses 0.0041 (0.0012 to 0.0070) to version 2 over 14 days and 4,211 rows, "
        "margin 0.0020",
    )


def test_a_candidate_that_surely_gains_passes_with_its_numbers() -> None:
    answer = ask("not_worse_than_champion", {}, made("comparison", GAIN))
    assert answer == Answer(
        True,
        "candidate gains 0.0130 (0.0050 to 0.0210) on version 2 over 14 days and 4,211 rows, "
        "margin 0.0020",
    )


@pytest.mark.parametrize(
    ("high", "not_worse", "better"),
    [(0.0021, False, False), (0.002, True, False), (0.0, True, False), (-1e-9, True, True)],
)
def test_not_worse_allows_the_margin_and_better_allows_nothing(
    high: float, *, not_worse: bool, better: bool
) -> None:
    compared = made("comparison", {**GAIN, "high": high})
    assert ask("not_worse_than_champion", {}, compared).passed is not_worse
    assert ask("better_than_champion", {}, compared).passed is better


def test_a_required_gain_is_held_and_named() -> None:
    answer = ask("better_than_champion", {"margin": 0.006}, made("comparison", GAIN))
    assert not answer.passed
    assert answer.text.endswith("a gain above 0.0060 is required")


def test_a_margin_may_be_a_share_of_the_champions_loss() -> None:
    compared = made("comparison", {**AGAINST, "high": 0.0099})
    share: dict[str, float | int | str] = {"margin": 0.0, "margin_share": 0.02}
    assert ask("not_worse_than_champion", share, compared).passed
    assert not ask("not_worse_than_champion", {"margin": 0.0}, compared).passed
    without = made("comparison", {k: v for k, v in AGAINST.items() if k != "champion_loss"})
    assert "no value of champion_loss" in ask("not_worse_than_champion", share, without).text


@pytest.mark.parametrize("missing", ["difference", "low", "high"])
@pytest.mark.parametrize("value", [None, math.inf, math.nan])
def test_an_interval_that_is_not_finite_refuses(missing: str, value: float | None) -> None:
    compared = made("comparison", {**GAIN, missing: value})
    for name in ("not_worse_than_champion", "better_than_champion"):
        answer = ask(name, {}, compared)
        assert not answer.passed
        assert f"no value of {missing}" in answer.text


def test_a_comparison_that_says_neither_days_nor_rows_is_still_told() -> None:
    bare: Facts = {k: v for k, v in GAIN.items() if k not in {"days", "rows"}}
    answer = ask("not_worse_than_champion", {}, made("comparison", bare))
    assert answer.text == "candidate gains 0.0130 (0.0050 to 0.0210) on version 2, margin 0.0020"


def test_each_clause_reads_the_comparison_at_its_own_confidence() -> None:
    loose = made("comparison", {**GAIN, "confidence": 0.8, "high": -0.009})
    strict = made("comparison", {**GAIN, "confidence": 0.99, "high": 0.003})
    asked: list[tuple[float, bool]] = [(0.8, True), (0.9, False), (0.99, False)]
    for confidence, passed in asked:
        for order in ((loose, strict), (strict, loose)):
            answer = ask("not_worse_than_champion", {"confidence": confidence}, *order)
            assert answer.passed is passed
    answer = ask("not_worse_than_champion", {"confidence": 0.999}, loose, strict)
    assert not answer.passed
    assert "confidence of 0.999" in answer.text


def test_a_comparison_without_its_confidence_refuses() -> None:
    unsure: Facts = {k: v for k, v in GAIN.items() if k != "confidence"}
    assert "confidence of 0.95" in ask("better_than_champion", {}, made("comparison", unsure)).text


@pytest.mark.parametrize(
    ("difference", "passed", "text"),
    [
        (-0.01, True, "candidate gains 0.0100 on version 2 on average"),
        (
            0.0,
            False,
            "candidate gains 0.0000 on version 2 on average, a gain above 0.0000 is required",
        ),
        (
            0.01,
            False,
            "candidate loses 0.0100 to version 2 on average, a gain above 0.0000 is required",
        ),
    ],
)
def test_who_does_not_gain_on_average_does_not_replace(
    difference: float, *, passed: bool, text: str
) -> None:
    compared = made("comparison", {**AGAINST, "difference": difference})
    assert ask("gains_on_champion", {}, compared) == Answer(passed, text)


def test_a_gain_that_was_never_computed_refuses() -> None:
    answer = ask("gains_on_champion", {}, made("comparison", {"champion": 2}))
    assert not answer.passed
    assert "no value of difference" in answer.text


def test_fresh_evidence_passes_and_the_oldest_is_named() -> None:
    evidence = made("evaluation", SCORES, ago=2 * DAY), made("comparison", GAIN)
    answer = ask("evidence_fresh", {}, *evidence)
    assert answer == Answer(True, "the oldest evidence is 2 days old, 30 days is allowed")


def test_only_the_newest_of_a_kind_has_to_be_fresh() -> None:
    old = made("evaluation", SCORES, ago=20 * DAY)
    limit: dict[str, float | int | str] = {"max_age_days": 10}
    assert not ask("evidence_fresh", limit, old).passed
    assert ask("evidence_fresh", limit, made("evaluation", SCORES), old).passed


def test_stale_expired_and_future_evidence_is_not_fresh() -> None:
    stale = ask("evidence_fresh", {}, made("evaluation", SCORES, ago=31 * DAY, valid=None))
    assert stale == Answer(False, "the evaluation is 31 days old, 30 days is allowed")
    expired = ask("evidence_fresh", {}, made("evaluation", SCORES, valid=DAY))
    assert expired == Answer(False, "the evaluation expired on 2013-04-01 00:00 UTC")
    future = ask("evidence_fresh", {}, made("comparison", GAIN, ago=-DAY))
    assert not future.passed
    nothing = ask("evidence_fresh")
    assert not nothing.passed
    assert "no evidence at all" in nothing.text


def test_an_old_approval_is_not_the_business_of_freshness() -> None:
    approval = made("approval", {"by": "ann", "role": "approver"}, ago=90 * DAY, valid=None)
    assert ask("evidence_fresh", {}, made("evaluation", SCORES), approval).passed
    assert not ask("evidence_fresh", {}, approval).passed


def approved(by: str | None, role: str = "approver", *, ago: timedelta = DAY) -> Evidence:
    return made("approval", {"by": by, "role": role}, ago=ago)


def test_an_approval_that_is_missing_waits() -> None:
    assert ask("approvals") == Answer(False, "0 of 1 approval", waiting=True)
    answer = ask("approvals", {"count": 2, "role": "client_approver"}, approved("ann"))
    assert answer == Answer(False, "0 of 2 approvals by client_approver", waiting=True)


def test_enough_distinct_people_approve() -> None:
    answer = ask("approvals", {"count": 2}, approved("bob"), approved("ann"))
    assert answer == Answer(True, "2 of 2 approvals: ann, bob")


def test_the_same_person_twice_is_one() -> None:
    answer = ask("approvals", {"count": 2}, approved("ann"), approved("ann", ago=2 * DAY))
    assert answer == Answer(False, "1 of 2 approvals: ann", waiting=True)


def test_nobody_approves_their_own_version() -> None:
    answer = ask("approvals", {}, approved("ann"), author="ann")
    assert answer.waiting
    assert answer.text == "0 of 1 approval (an author's or a validator's own does not count)"
    assert ask("approvals", {}, approved("ann"), approved("bob"), author="ann").passed


def test_expired_and_nameless_approvals_do_not_count() -> None:
    assert ask("approvals", {}, approved("ann", ago=31 * DAY)).waiting
    assert ask("approvals", {}, approved("ann", ago=-DAY)).waiting
    assert ask("approvals", {}, approved(None), approved("")).waiting


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["x", "y"])), max_size=8),
    st.integers(1, 4),
    st.sampled_from(["", "x", "y"]),
    st.sampled_from("abcde"),
)
def test_approvals_are_counted_by_person(
    given_by: list[tuple[str, str]], needed: int, role: str, author: str
) -> None:
    evidence = [approved(by, of, ago=i * DAY) for i, (by, of) in enumerate(given_by)]
    people = {by for by, of in given_by if role in {"", of}} - {author}
    answer = ask("approvals", {"count": needed, "role": role}, *evidence, author=author)
    assert answer.passed is (len(people) >= needed)
    assert answer.waiting is not answer.passed


ORIGIN: Facts = {"trained_until": "2013-03-01", "holdout_from": "2013-03-10", "unseen": "yes"}


def test_a_maker_who_trained_before_the_holdout_is_believed() -> None:
    answer = ask("holdout_unseen", {}, made("origin", ORIGIN))
    text = "trained on rows until 2013-03-01, judged on rows since 2013-03-10"
    assert answer == Answer(passed=True, text=text)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({**ORIGIN, "trained_until": None, "unseen": "unknown"}, "nobody has said until when"),
        ({**ORIGIN, "unseen": "no"}, "its training rows reach to 2013-03-01"),
    ],
)
def test_whoever_may_have_seen_the_holdout_needs_somebodys_word(facts: Facts, words: str) -> None:
    alone = ask("holdout_unseen", {}, made("origin", facts))
    assert (alone.passed, alone.waiting) == (False, True)
    assert words in alone.text
    vouched = ask("holdout_unseen", {}, made("origin", facts), made("approval", {"by": "k_7"}))
    assert vouched.passed
    assert "k_7 approved it all the same" in vouched.text


def test_a_version_without_an_origin_does_not_pass_for_one_from_elsewhere() -> None:
    answer = ask("holdout_unseen")
    assert (answer.passed, answer.waiting) == (False, False)
