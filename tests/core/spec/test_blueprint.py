"""Blueprints: tenants override any named part, and every value remembers whose it is."""

import pytest

from tenure.core.errors import TenureError
from tenure.core.policies import Clause
from tenure.core.spec.blueprint import for_tenant, inherit, merge, tenants_of, without_tenants
from tenure.core.spec.nodes import plant
from tenure.core.spec.parse import parse, specs
from tenure.core.spec.values import Spec

BASE = """
[model]
name = "delay"
task = "binary"
[data]
source = "shared.csv"
target = "late"
time = "at"
[features]
origin = { type = "category", levels = ["JFK"] }
[train]
windows = ["60d", "all"]
params.num_leaves = 31
[gate]
holdout = "14d"
[gate.champion]
require = "not_worse_than_champion"
margin = 0.002
[challengers.blind.train]
windows = ["90d"]
"""


def by_tenant(text: str) -> dict[str, Spec]:
    return {spec.model.tenant: spec for spec in specs(parse(BASE + text, "tenure.toml"))}


def test_a_tenant_without_differences_takes_the_blueprint() -> None:
    found = by_tenant("[tenants.DL]\n[tenants.B6]\n")
    assert list(found) == ["DL", "B6"]
    assert found["DL"].data == found["B6"].data


def test_a_tenant_overrides_any_named_part() -> None:
    found = by_tenant(
        '[tenants.DL.data]\nsource = "dl.csv"\n'
        '[tenants.DL.model]\nowner = "ops@dl"\n'
        "[tenants.DL.gate.champion]\nmargin = 0.01\n"
        "[tenants.DL.challengers.blind.train]\nseed = 3\n"
        '[tenants.DL.challengers.static.gate]\nmode = "warn"\n'
        "[tenants.B6]\n"
    )
    mine, other = found["DL"], found["B6"]
    assert (mine.data.source, other.data.source) == ("dl.csv", "shared.csv")
    assert mine.data.target == "late"
    assert mine.model.owner == "ops@dl"
    assert mine.gate.clauses == (Clause("champion", "not_worse_than_champion", {"margin": 0.01}),)
    assert mine.lane("blind").train.seed == 3
    assert mine.lane("blind").train.windows == ("90d",)
    assert mine.lane("static").gate.mode == "warn"
    assert [lane.name for lane in other.challengers] == ["blind"]


def test_lists_are_replaced_as_a_whole() -> None:
    found = by_tenant('[tenants.DL.train]\nwindows = ["30d"]\n')
    assert found["DL"].train.windows == ("30d",)
    assert found["DL"].train.params == {"num_leaves": 31}


def test_parameters_of_one_recipe_are_not_handed_to_another() -> None:
    found = by_tenant('[tenants.DL.train]\nrecipe = "linear"\n')
    assert found["DL"].train.params == {}
    assert found["DL"].train.windows == ("60d", "all")


def test_a_clause_that_requires_something_else_is_replaced() -> None:
    found = by_tenant('[tenants.DL.gate.champion]\nrequire = "beats_baseline"\n')
    assert found["DL"].gate.clauses == (Clause("champion", "beats_baseline"),)


def test_a_feature_of_another_type_is_replaced() -> None:
    found = by_tenant('[tenants.DL.features.origin]\ntype = "int"\n')
    assert found["DL"].features[0].levels == ()


def test_what_all_tenants_bring_may_be_left_out_of_the_blueprint() -> None:
    text = BASE.replace('source = "shared.csv"\n', "")
    (spec,) = specs(parse(text + '[tenants.DL.data]\nsource = "dl.csv"\n', "tenure.toml"))
    assert spec.data.source == "dl.csv"
    with pytest.raises(TenureError, match='lacks "source"'):
        parse(text + "[tenants.DL]\n", "tenure.toml")


def test_a_challenger_may_start_from_the_defaults() -> None:
    text = "[challengers.fresh]\ninherit = false\n[tenants.DL]\n"
    lane = by_tenant(text)["DL"].lane("fresh")
    assert lane.train.params == {}
    assert lane.gate.clauses == ()


def test_merged_values_remember_where_they_were_written() -> None:
    under = plant({"train": {"seed": 1, "recipe": "linear"}})
    over = plant({"train": {"seed": 2}}, ("tenants", "DL"))
    merged = merge(under, over)
    seed, recipe = merged.find(("train", "seed")), merged.find(("train", "recipe"))
    assert seed is not None
    assert recipe is not None
    assert (seed.value, seed.path) == (2, ("tenants", "DL", "train", "seed"))
    assert (recipe.value, recipe.path) == ("linear", ("train", "recipe"))


def test_values_and_tables_replace_each_other() -> None:
    merged = merge(plant({"a": {"b": 1}, "c": 2}), plant({"a": 3, "c": {"d": 4}}))
    a, d = merged.find(("a",)), merged.find(("c", "d"))
    assert a is not None
    assert a.value == 3
    assert d is not None
    assert d.value == 4


@pytest.mark.parametrize("part", ["features", "gate", "challengers", "train"])
def test_parts_that_are_no_tables_replace_and_are_replaced(part: str) -> None:
    over = merge(plant({part: {"x": {"type": 1}}}), plant({part: 3})).child(part)
    under = merge(plant({part: 3}), plant({part: {"x": {"type": 1}}})).child(part)
    assert over is not None
    assert over.value == 3
    assert under is not None
    assert under.child("x") is not None


def test_a_blueprint_comes_apart() -> None:
    tree = plant({"model": {"name": "m"}, "tenants": {"DL": {"data": {}}}})
    assert list(tenants_of(tree)) == ["DL"]
    shared = without_tenants(tree)
    assert shared.child("tenants") is None
    named = for_tenant(shared, "DL", tenants_of(tree)["DL"]).find(("model", "tenant"))
    assert named is not None
    assert named.value == "DL"
    assert for_tenant(plant({"model": 3}), "DL", plant({})).find(("model", "tenant")) is None


def test_what_is_no_table_is_not_inherited() -> None:
    tree = plant({"train": 3, "gate": {"mode": 1}, "challengers": {"a": {"gate": 3}, "b": 4}})
    lanes = inherit(tree).child("challengers")
    assert lanes is not None
    gate = lanes.find(("a", "gate"))
    assert gate is not None
    assert gate.value == 3
    assert inherit(plant({"challengers": 3})).find(("challengers",)) is not None
