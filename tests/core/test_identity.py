"""Groups have roles, workloads are trusted by their claims: as the operator wrote it, and no further."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.identity import (
    Seat,
    Workload,
    chosen,
    group_rule,
    groups_of,
    issuer_of,
    name_of,
    person_of,
    seats,
    trust,
    workload_of,
)
from tenure.core.keys import Permission, Role

GITHUB = "DL/developer iss=https://ci.example aud=tenure repository=delta/models ref=refs/tags/*"


def test_what_is_written_is_read_and_written_the_same() -> None:
    rule = group_rule("DL/approver=risk office")
    assert (rule.seat, rule.group) == (Seat("DL", Role.APPROVER), "risk office")
    assert str(rule) == "DL/approver=risk office"
    whole = f"{GITHUB} only=develop+read"
    assert str(trust(whole)) == whole
    assert trust(whole).only == (Permission.DEVELOP, Permission.READ)


@pytest.mark.parametrize(
    "text",
    [
        "DL=x",
        "DL/owner=x",
        "DL/sole_user=x",
        "/viewer=x",
        "DL/viewer=",
        "DL/viewer",
        "DL/viewer=a,b",
    ],
)
def test_a_rule_for_a_group_says_tenant_role_and_group(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        group_rule(text)


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ("aud=t repository=r", "missing"),
        ("iss=https://ci repository=r", "missing"),
        ("iss=https://ci aud=t", "one claim at least"),
        ("iss=https://ci aud=t only=read", "one claim at least"),
        ("iss=https://ci aud=t repository=*", "at the end"),
        ("iss=https://ci aud=t repository=a*b", "at the end"),
        ("iss=https://ci aud=t repository", "name=text"),
        ("iss=https://ci aud=t ref=a ref=b", "twice"),
        ("iss=https://ci aud=t ref=a only=everything", "everything"),
    ],
)
def test_a_trust_that_would_let_anybody_in_is_no_trust(rest: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        trust(f"DL/developer {rest}")


def test_claims_are_exact_or_begin_as_demanded() -> None:
    rule = trust(GITHUB)
    good = {"aud": ["x", "tenure"], "repository": "delta/models", "ref": "refs/tags/v1"}
    assert rule.holds(good)
    for change in (
        {"repository": "delta/models2"},
        {"repository": ["delta/models"]},
        {"ref": "refs/heads/main"},
        {"aud": "others"},
    ):
        assert not rule.holds(good | change)
    assert not rule.holds({name: text for name, text in good.items() if name != "ref"})
    kept = trust("DL/viewer iss=https://ci aud=t ref_protected=true run=7")
    assert kept.holds({"aud": "t", "ref_protected": True, "run": 7})


def test_a_person_sits_where_their_groups_do() -> None:
    rules = [group_rule(text) for text in ("DL/approver=risk", "DL/viewer=all", "B6/viewer=all")]
    offered = seats(rules, ["all", "risk", "unknown"])
    assert chosen(offered, "B6", "") == Seat("B6", Role.VIEWER)
    assert chosen(offered, "DL", "approver") == Seat("DL", Role.APPROVER)
    for tenant, role, code in (
        ("", "", "choose"),
        ("DL", "", "choose"),
        ("UA", "", "no_role"),
        ("B6", "approver", "no_role"),
    ):
        with pytest.raises(TenureError) as caught:
            chosen(offered, tenant, role)
        assert caught.value.code == f"sign_in.{code}"
    assert seats(rules, []) == []


def test_groups_stand_in_a_claim_or_inside_one() -> None:
    assert groups_of({"groups": ["a", 1, "b"]}, "groups") == ["a", "b"]
    assert groups_of({"groups": "a"}, "groups") == ["a"]
    assert groups_of({"realm_access": {"roles": ["a"]}}, "realm_access.roles") == ["a"]
    assert groups_of({"https://x.example/groups": ["a"]}, "https://x.example/groups") == ["a"]
    assert groups_of({"groups": {"a": 1}}, "groups") == groups_of({}, "a.b") == []


def test_a_person_is_one_however_often_they_come() -> None:
    assert person_of("https://a/", "anna") == person_of("https://a", "anna")
    others = {person_of("https://a", "otto"), person_of("https://b", "anna")}
    assert person_of("https://a", "anna") not in others
    assert name_of({"sub": "1", "preferred_username": "anna\x1b[2J"}) == "anna[2J"
    assert name_of({"sub": "1", "name": "  "}) == "1"
    assert name_of({}) == "somebody"


def test_a_workload_is_told_in_the_words_of_either_forge() -> None:
    github = {"repository": "d/m", "sha": "c0ffee", "ref": "r", "actor": "anna", "run_id": 7}
    assert workload_of(github) == Workload("d/m", "c0ffee", "r", "anna", "7")
    gitlab = {"project_path": "d/m", "sha": "c0ffee", "user_login": "anna", "pipeline_id": "9"}
    assert workload_of(gitlab) == Workload("d/m", "c0ffee", "", "anna", "9")
    assert workload_of(gitlab).facts() == {"place": "d/m", "commit": "c0ffee", "run": "9"}
    assert workload_of({}).facts() == {}


@given(st.text())
def test_what_is_no_token_has_no_issuer(text: str) -> None:
    assert issuer_of(text) == ""
    assert issuer_of(f"a.{text}.b") == ""
