"""Levels of policy: whatever is composed with whatever, nothing that one level asks for is lost."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.evidence import Evidence
from tenure.core.inheritance import Level, loosenings, lost, tightened
from tenure.core.parameters import Param, Tighter
from tenure.core.policies import MODES, Clause, Outcome, Policy, Subject, decide
from tenure.core.predicates import PREDICATES

NOW = datetime(2013, 4, 1, tzinfo=UTC)
SUBJECT = Subject("DL", "late", 3, author="loop")
SCOPE = "sha256:scope"
FIGURES = st.sampled_from([0.5, 0.55, 0.6, 0.65, 0.7])


def clause(
    name: str = "a", require: str = "metric_max", mode: str = "", **params: object
) -> Clause:
    return Clause(name, require, params, mode)  # type: ignore[arg-type]  # numbers and texts


def bound(value: float, mode: str = "", name: str = "a", metric: str = "log_loss") -> Clause:
    return clause(name, metric=metric, value=value, mode=mode)


def values(param: Param) -> st.SearchStrategy[float | int | str]:
    if param.kind == "text":
        roles = ["approver", "client_approver"]
        texts = ["auc", "evaluation", "2013-03-30", "2013-04-09", "mon-wed", "sat-sun"]
        fitting = [one for one in texts if re.fullmatch(param.pattern, one)]
        return st.sampled_from(roles if param.name == "role" else fitting)
    if param.kind == "count":
        return st.integers(1, 12)
    return FIGURES


@st.composite
def clauses(draw: st.DrawFn) -> Clause:
    predicate = PREDICATES[draw(st.sampled_from(sorted(PREDICATES)))]
    given_ = {
        param.name: draw(values(param))
        for param in predicate.params
        if param.default is None or draw(st.booleans())
    }
    name = draw(st.sampled_from("ab")) + draw(st.sampled_from(["", predicate.name]))
    return Clause(name, predicate.name, given_, draw(st.sampled_from(["", *MODES])))


LEVELS = st.lists(
    st.builds(
        lambda name, some: Level(name, tuple({one.name: one for one in some}.values())),
        st.sampled_from(["tenant", "tier", "model", "spec"]),
        st.lists(clauses(), max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def evidence(draw: st.DrawFn) -> list[Evidence]:
    """What might be known of a version: figures, comparisons that widen with confidence, words."""
    figures = {name: draw(FIGURES) for name in ("auc", "log_loss", "baseline.auc")}
    rows = {"rows": draw(st.integers(1, 20)), "days": draw(st.integers(1, 12))}
    found = [fact("evaluation", {"metric": "auc", **figures, **rows})]
    middle, width = draw(st.sampled_from([-1.0, -0.6, 0.0, 0.6])), draw(st.sampled_from([0.1, 0.3]))
    for sure in (0.5, 0.55, 0.6, 0.65, 0.7, 0.95):
        ends = {"low": middle - sure * width, "high": middle + sure * width}
        about = {
            **rows,
            "champion": 2,
            "champion_loss": 0.5,
            "confidence": sure,
            "difference": middle,
        }
        found.append(fact("comparison", {**about, **ends}))
    for person in draw(st.lists(st.sampled_from(["ann", "bob", "cat"]), max_size=3)):
        role = draw(st.sampled_from(["approver", "client_approver"]))
        said = {"by": person, "role": role, "scope": SCOPE}
        found.append(fact(draw(st.sampled_from(["approval", "validation"])), said))
    return found


def fact(kind: str, facts: Mapping[str, float | str]) -> Evidence:
    name = f"ev_{kind}_{facts}"
    return Evidence(name, "DL", "late", 3, kind, NOW, None, dict(facts))


def passes(some: tuple[Clause, ...], known: list[Evidence]) -> bool:
    decision = decide(Policy(some), SUBJECT, known, now=NOW, scope=SCOPE)
    return decision.outcome is Outcome.PASSED


@given(LEVELS, evidence())
def test_what_passes_all_levels_together_passes_each_of_them_alone(
    levels: list[Level], known: list[Evidence]
) -> None:
    if passes(tightened(levels), known):
        for level in levels:
            binding = tuple(one for one in level.clauses if one.mode in {"", MODES[0]})
            assert not binding or passes(binding, known)


@given(LEVELS, LEVELS)
def test_another_level_never_takes_anything_away(levels: list[Level], more: list[Level]) -> None:
    assert lost(levels, [*levels, *more]) == ()


@given(LEVELS)
def test_composing_twice_is_composing_once(levels: list[Level]) -> None:
    once = tightened(levels)
    again = tightened([Level("again", once)])
    assert [replace(one, level="") for one in again] == [replace(one, level="") for one in once]


def test_the_stricter_bound_stands_whichever_level_asks_for_it() -> None:
    for upper, lower in ((0.5, 0.6), (0.6, 0.5)):
        (kept,) = tightened([Level("tenant", (bound(upper),)), Level("spec", (bound(lower),))])
        assert kept.params["value"] == 0.5
        assert kept.level == ("tenant" if upper == 0.5 else "spec")
    first = clause("c", "not_worse_than_champion", margin=0.01, confidence=0.9)
    other = clause("c", "not_worse_than_champion", margin=0.02, confidence=0.99)
    (kept,) = tightened([Level("tenant", (first,)), Level("spec", (other,))])
    assert (kept.params["margin"], kept.params["confidence"]) == (0.01, 0.99)
    assert kept.level == "tenant and spec"


def test_what_cannot_be_compared_stands_twice() -> None:
    upper, lower = bound(0.5), bound(0.2, metric="brier")
    found = tightened([Level("tenant", (upper,)), Level("spec", (lower,))])
    assert [(one.name, one.params["metric"]) for one in found] == [
        ("a", "log_loss"),
        ("a (spec)", "brier"),
    ]


def test_what_one_level_only_observes_does_not_come_to_bind_by_another() -> None:
    found = tightened([Level("tenant", (bound(0.4, "observe"),)), Level("spec", (bound(0.5),))])
    assert [(one.params["value"], one.mode) for one in found] == [
        (0.4, "observe"),
        (0.5, "prevent"),
    ]


@pytest.mark.parametrize(
    ("lower", "words"),
    [
        (bound(0.6), "a: value = 0.6, and tenant asks for 0.5"),
        (bound(0.5, "warn"), "a: mode = 'warn', and tenant asks for 'prevent'"),
        (bound(0.1, metric="brier"), "a: metric = 'brier', and tenant asks for 'log_loss'"),
        (clause("a", "approvals"), "a requires approvals, and tenant metric_max under this name"),
    ],
)
def test_a_loosening_is_told_with_the_clause_and_who_asks_for_more(
    lower: Clause, words: str
) -> None:
    (found,) = loosenings([Level("tenant", (bound(0.5),))], Level("spec", (lower,)))
    assert found.text == words


def test_as_much_more_or_another_clause_is_no_loosening() -> None:
    above = [Level("tenant", (bound(0.5), clause("b", "approvals")))]
    same, more, other = bound(0.5), bound(0.4), bound(0.9, name="x")
    role = clause("b", "approvals", role="approver")
    for one in (same, more, other, role):
        assert loosenings(above, Level("spec", (one,))) == ()
    assert loosenings([Level("tenant", (role,))], Level("spec", (clause("b", "approvals"),)))


def test_what_is_gone_is_told() -> None:
    high = Level("tier high", (clause("owner", "approvals", count=2),))
    (found,) = lost([high], [Level("tier low", (bound(0.5),))])
    assert found.text == "owner, which tier high asks for, would be gone"


def test_a_predicate_that_this_house_does_not_know_is_kept_as_it_is() -> None:
    strange = clause("a", "moon_phase", days=3)
    (kept,) = tightened([Level("tenant", (strange,))])
    assert (kept.require, kept.mode) == ("moon_phase", "prevent")
    assert len(tightened([Level("tenant", (strange,)), Level("spec", (strange,))])) == 2
    assert loosenings([Level("t", (strange,))], Level("s", (strange,))) == ()


@pytest.mark.parametrize(
    ("tighter", "one", "other", "stricter"),
    [
        (Tighter.UP, 1, 2, 2),
        (Tighter.DOWN, 1, 2, 1),
        (Tighter.SAME, 1, 2, None),
        (Tighter.SAME, "a", "b", None),
        (Tighter.SAME, "a", "a", "a"),
        (Tighter.NARROW, "", "a", "a"),
        (Tighter.NARROW, "a", "b", None),
    ],
)
def test_the_stricter_of_two_values(
    tighter: Tighter, one: float | str, other: float | str, stricter: float | str | None
) -> None:
    param = Param("x", "number", tighter=tighter)
    assert param.stricter(one, other) == param.stricter(other, one) == stricter
