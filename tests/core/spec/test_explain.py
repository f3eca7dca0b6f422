"""Origins: each effective value says who wrote it, and where."""

from tenure.core.spec.explain import DEFAULT, Effective, explain
from tenure.core.spec.parse import parse

ONE = """
[model]
tenant = "DL"
name = "m"
task = "binary"
[data]
source = "a.csv"
target = "late"
time = "at"
[gate.champion]
require = "not_worse_than_champion"
margin = 0.01
[challengers.blind.train]
seed = 3
"""
SHARED = """
[model]
name = "m"
task = "regression"
[data]
source = "a.csv"
target = "late"
[train]
seed = 4
[tenants.DL.train]
seed = 5
[tenants.B6]
"""


def of(text: str, tenant_id: str | None = None) -> dict[str, Effective]:
    return {one.path: one for one in explain(parse(text, "tenure.toml"), tenant_id)}


def test_written_values_name_their_line() -> None:
    found = of(ONE)
    assert found["model.task"] == Effective("model.task", "binary", "tenure.toml:5")
    assert found["gate.champion.margin"].origin == "tenure.toml:12"


def test_the_rest_is_default() -> None:
    found = of(ONE)
    assert found["train.seed"] == Effective("train.seed", 7, DEFAULT)
    assert found["model.metric"] == Effective("model.metric", "log_loss", DEFAULT)
    assert found["gate.champion.confidence"] == Effective("gate.champion.confidence", 0.95, DEFAULT)


def test_a_challenger_says_what_it_has_from_the_champion() -> None:
    found = of(ONE)
    assert found["challengers.blind.train.seed"].origin == "tenure.toml:14"
    origin = found["challengers.blind.gate.champion.margin"].origin
    assert origin == "tenure.toml:12 (from the champion)"
    assert "challengers.blind.inherit" not in found


def test_a_gate_without_clauses_shows_the_default_ones() -> None:
    found = of(SHARED, "B6")
    assert found["gate.champion.require"] == Effective(
        "gate.champion.require", "not_worse_than_champion", DEFAULT
    )
    assert found["gate.fresh.max_age"].value == "30d"


def test_a_blueprint_and_its_tenants_are_told_apart() -> None:
    assert of(SHARED, "DL")["train.seed"].origin == "tenure.toml:11 (tenant DL)"
    assert of(SHARED, "B6")["train.seed"].origin == "tenure.toml:9 (blueprint)"
    assert of(SHARED, "B6")["model.tenant"].origin == "tenure.toml:12 (tenant B6)"


def test_without_a_name_the_first_tenant_is_explained() -> None:
    assert of(SHARED) == of(SHARED, "DL")


def test_an_unknown_tenant_has_no_values() -> None:
    assert of(ONE, "UA") == {}
