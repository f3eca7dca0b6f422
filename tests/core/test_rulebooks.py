"""A published policy: which of its clauses hold for which model, and how they bind."""

from datetime import UTC, datetime

from tenure.core.policies import Clause
from tenure.core.rulebooks import (
    PolicyVersion,
    Rulebook,
    Rules,
    composed,
    levels_of,
    tier_of,
)
from tenure.core.tenants import SYSTEM

AT = datetime(2013, 4, 1, tzinfo=UTC)
OWNER, SIGNED, FRESH = (Clause(name, "approvals") for name in ("owner", "signed", "fresh"))
RULES = Rulebook(
    mode="warn",
    clauses=(FRESH, Clause("hard", "approvals", mode="prevent")),
    tiers=(Rules("high", (OWNER,)),),
    models=(Rules("late", (SIGNED,), tier="high"), Rules("early")),
)


def published(rules: Rulebook, tenant: str = "DL") -> PolicyVersion:
    return PolicyVersion("3", tenant, 3, "sha256:1", "", rules, AT, "ann", "because")


def test_each_level_holds_for_whom_it_is_meant() -> None:
    found = {
        name: [level.name for level in levels_of([published(RULES)], name, "low")]
        for name in ("late", "early")
    }
    assert found == {
        "late": ["tenant DL (3)", "tenant DL (3), tier high", "tenant DL (3), model late"],
        "early": ["tenant DL (3)"],
    }


def test_a_clause_binds_as_it_says_or_as_the_policy_does() -> None:
    (every,) = levels_of([published(RULES)], "early", "low")
    assert [(one.name, one.mode) for one in every.clauses] == [
        ("fresh", "warn"),
        ("hard", "prevent"),
    ]


def test_the_tenants_policy_says_the_tier_whatever_the_spec_does() -> None:
    house = published(Rulebook(tiers=(Rules("high", (FRESH,)),)), SYSTEM)
    both = [house, published(RULES)]
    assert [tier_of(both, name, "low") for name in ("late", "early")] == ["high", "low"]
    assert levels_of(both, "late", "low")[0].name == "house (3), tier high"


def test_without_anything_published_the_gate_is_what_it_was() -> None:
    policy = composed((), (OWNER,), (SIGNED,), "observe")
    assert [(one.name, one.mode, one.level) for one in policy.clauses] == [
        ("owner", "", "spec"),
        ("signed", "", "race"),
    ]
    assert policy.mode == "observe"


def test_the_gates_mode_binds_its_own_clauses_and_not_what_is_published() -> None:
    levels = levels_of([published(Rulebook(clauses=(FRESH,)))], "late", "low")
    policy = composed(levels, (OWNER,), (SIGNED,), "observe")
    assert [(one.name, one.mode) for one in policy.clauses] == [
        ("fresh", "prevent"),
        ("owner", "observe"),
        ("signed", "observe"),
    ]
    assert [one.name for one in policy.declared] == ["owner", "signed"]
