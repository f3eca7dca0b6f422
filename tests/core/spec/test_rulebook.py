"""The policy file: read as the spec is, and nothing in it may ask for less than what stands above."""

import tomllib

import pytest

from tenure.core.errors import TenureError
from tenure.core.policies import Clause
from tenure.core.spec.rulebook import digest, json_schema, parse
from tests.core.spec.validator import is_valid

WHOLE = """
policy = 1
mode = "warn"
[clauses.fresh]
require = "evidence_fresh"
max_age = "30d"
[tiers.high.owner]
require = "approvals"
count = 2
mode = "prevent"
[models.late]
tier = "high"
[models.late.better]
require = "metric_min"
metric = "auc"
value = 0.7
"""


def code(text: str) -> str:
    with pytest.raises(TenureError) as refusal:
        parse(text)
    return refusal.value.code


def test_a_policy_is_read_level_by_level() -> None:
    rules = parse(WHOLE)
    assert rules.mode == "warn"
    assert rules.clauses == (Clause("fresh", "evidence_fresh", {"max_age_days": 30.0}),)
    (high,), (late,) = rules.tiers, rules.models
    assert high.clauses == (Clause("owner", "approvals", {"count": 2}, "prevent"),)
    assert (late.name, late.tier, late.clauses[0].require) == ("late", "high", "metric_min")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("policy = 2", "spec.bad_value"),
        ("clauses = 3", "spec.wrong_type"),
        ("[rules.x]", "spec.unknown_table"),
        ("[clauses.x]\nrequire = 'hope'", "spec.bad_value"),
        ("[clauses.x]\nrequire = 'approvals'\nmode = 'ask'", "spec.bad_value"),
        ("[tiers.'no name'.x]\nrequire = 'approvals'", "spec.bad_value"),
        ("policy =", "spec.bad_toml"),
    ],
)
def test_what_is_wrong_is_refused(text: str, expected: str) -> None:
    assert code(text) == expected


@pytest.mark.parametrize("table", ["tiers.high", "models.late"])
def test_a_lower_level_that_asks_for_less_is_refused_with_its_place(table: str) -> None:
    above = "[clauses.owner]\nrequire = 'approvals'\ncount = 2\n"
    with pytest.raises(TenureError) as refusal:
        parse(f"{above}[{table}.owner]\nrequire = 'approvals'")
    assert (refusal.value.code, refusal.value.where) == ("spec.loosened", "policy.toml:4")
    assert "count = 1, and [clauses] asks for 2" in refusal.value.message
    parse(f"{above}[{table}.owner]\nrequire = 'approvals'\ncount = 3")


def test_a_models_rules_are_held_to_those_of_the_tier_that_it_is_given() -> None:
    text = WHOLE + "[models.late.owner]\nrequire = 'approvals'\nmode = 'prevent'\n"
    assert code(text) == "spec.loosened"


def test_a_digest_names_what_is_said_and_not_how() -> None:
    assert digest(parse(WHOLE)) == digest(parse("# words\n" + WHOLE.replace("30d", "720h")))
    for old, new in (("30d", "29d"), ('mode = "warn"', ""), ('tier = "high"', "")):
        assert digest(parse(WHOLE)) != digest(parse(WHOLE.replace(old, new, 1)))


def test_the_schema_accepts_what_the_parser_does() -> None:
    schema = json_schema()
    assert is_valid(tomllib.loads(WHOLE), schema)
    assert not is_valid({"clauses": {"x": {"require": "hope"}}}, schema)
    assert not is_valid({"rules": {}}, schema)
