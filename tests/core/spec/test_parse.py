"""The spec file as a whole: what it gives, what comes back equal, and what a wrong one is told."""

import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import Kind, TenureError
from tenure.core.models import Task
from tenure.core.policies import Clause
from tenure.core.spec.parse import digest, from_dict, parse, query_files, specs, to_dict
from tenure.core.spec.problems import SpecError
from tenure.core.spec.values import GatePart, RetrainPart, Spec, SqlSource, TrainPart
from tests.core.spec import strategies

CALM = settings(max_examples=40, deadline=None)
GOLDEN = Path(__file__).parents[2] / "golden"
SMALL = (
    '[model]\ntenant = "DL"\nname = "m"\ntask = "binary"\n[data]\nsource = "a.csv"\ntarget = "y"\n'
)
FULL = (GOLDEN / "tenure.toml").read_text("utf-8")


def the(text: str) -> Spec:
    (spec,) = specs(parse(text, "tenure.toml"))
    return spec


def test_a_small_spec_gets_every_default() -> None:
    spec = the(SMALL)
    assert spec.model.task is Task.BINARY
    assert spec.metric == "log_loss"
    assert spec.gate == GatePart()
    assert spec.retrain == RetrainPart()
    assert spec.labels.final_after == timedelta(days=3)
    assert spec.challengers == ()


def test_without_a_time_there_is_one_window() -> None:
    assert the(SMALL).train.windows == ("all",)
    assert the(SMALL + 'time = "at"\n').train.windows == TrainPart().windows


def test_a_full_spec_says_everything() -> None:
    spec = the(FULL)
    assert spec.model.owner == "ops@delta.example"
    assert spec.data.key == ("flight_id",)
    assert spec.features == (
        Column("distance", ColumnType.FLOAT, unit="miles", min=0.0),
        Column("origin", ColumnType.CATEGORY, levels=("EWR", "JFK", "LGA")),
        Column("wind_gust", ColumnType.FLOAT, nulls=True),
    )
    assert spec.train.memory_bytes == 4 * 1024**3
    assert spec.train.params == {"num_leaves": 31}
    assert spec.gate.clauses == (
        Clause("baseline", "beats_baseline"),
        Clause("champion", "not_worse_than_champion", {"margin": 0.002, "confidence": 0.95}),
        Clause("fresh", "evidence_fresh", {"max_age_days": 30.0}),
    )
    assert spec.monitor.false_alarms_per_year == 1.0
    assert spec.retrain.on == ("finding:accuracy",)
    assert spec.retrain.schedule == "0 3 1 * *"
    assert (spec.retrain.promotions, spec.retrain.promotions_per) == (4, timedelta(days=30))
    assert spec.retire.keep_predictions == timedelta(days=400)


def test_challengers_inherit_train_and_gate_but_no_retraining() -> None:
    static, blind = the(FULL).lane("static"), the(FULL).lane("blind")
    assert static.train == the(FULL).train
    assert static.gate == the(FULL).gate
    assert static.retrain == RetrainPart()
    assert blind.train.windows == ("90d",)
    assert blind.train.params == {"num_leaves": 31}
    assert blind.gate.mode == "observe"
    assert blind.gate.clauses == the(FULL).gate.clauses
    assert blind.retrain.schedule == "0 0 1 * *"


@CALM
@given(strategies.specs())
def test_the_canonical_form_comes_back_equal(spec: Spec) -> None:
    assert from_dict(to_dict(spec)) == spec


@CALM
@given(strategies.specs())
def test_the_canonical_form_survives_json(spec: Spec) -> None:
    copy = from_dict(json.loads(json.dumps(to_dict(spec))))
    assert copy == spec
    assert digest(copy) == digest(spec)


@CALM
@given(strategies.specs(), strategies.specs())
def test_digests_differ_when_specs_do(one: Spec, other: Spec) -> None:
    assert (digest(one) == digest(other)) == (to_dict(one) == to_dict(other))


def test_the_order_of_names_in_a_file_means_nothing() -> None:
    swapped = FULL.replace("[gate.baseline]", "[gate.zeta]")
    assert [one.name for one in the(swapped).gate.clauses] == ["champion", "fresh", "zeta"]


def test_a_query_is_read_from_its_file() -> None:
    text = SMALL + '[labels]\nsource = { url = "env:DB", query_file = "truth.sql" }\n'
    assert query_files(text, "tenure.toml") == ("truth.sql",)
    (spec,) = specs(parse(text, "tenure.toml", {"truth.sql": " select 1\n"}))
    assert spec.labels.source == SqlSource("env:DB", "select 1")
    assert from_dict(to_dict(spec)) == spec


def test_a_blueprint_names_the_query_files_of_all_tenants() -> None:
    text = '[tenants.A.labels]\nsource = { url = "env:DB", query_file = "a.sql" }\n[tenants.B]\n'
    assert query_files(text, "tenure.toml") == ("a.sql",)


def test_a_value_is_refused_with_the_path_of_the_key() -> None:
    body = tomllib.loads(SMALL) | {"train": {"recipie": "lightgbm"}}
    with pytest.raises(TenureError) as caught:
        from_dict(body)
    assert caught.value.kind is Kind.INVALID
    assert caught.value.where == "spec.train.recipie"
    assert str(caught.value) == (
        'error[spec.unknown_key]: spec.train.recipie: [train] has no key "recipie"\n'
        '  did you mean "recipe"?   known: recipe, code, windows, limits, seed, refit, params'
    )


def test_a_blueprint_is_no_value_of_a_spec() -> None:
    with pytest.raises(TenureError, match="tenants"):
        from_dict(tomllib.loads(SMALL) | {"tenants": {"DL": {}}})


def test_a_secret_is_never_repeated_in_an_error() -> None:
    source = '[labels]\nsource = { url = "postgres://me:hush@db", query_file = "x.sql" }\n'
    with pytest.raises(TenureError) as caught:
        parse(SMALL + source, "tenure.toml", {"x.sql": "select 1"})
    assert "hush" not in str(caught.value)
    assert "env:WAREHOUSE" in str(caught.value)


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = SMALL.replace("binary", "quantile") + '[serve]\nlog = "asink"\n[trian]\n'
    with pytest.raises(SpecError) as caught:
        parse(text, "tenure.toml")
    assert [error.code for error in caught.value.errors] == [
        "spec.not_yet_supported",
        "spec.bad_value",
        "spec.unknown_table",
    ]
    assert [error.where for error in caught.value.errors] == [
        "tenure.toml:4",
        "tenure.toml:9",
        "tenure.toml:10",
    ]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_words(text: str) -> None:
    with pytest.raises(TenureError) as caught:  # never right: [model] would have to be drawn
        parse(text, "tenure.toml")
    assert caught.value.code.startswith("spec.")
    assert caught.value.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(["model", "data", "train", "gate", "features", "challengers", "retrain"])
INNER = st.sampled_from(["tenant", "task", "windows", "limits", "on", "x", "require", "schedule"])


@given(st.dictionaries(KEYS, JSON | st.dictionaries(INNER, JSON)))
def test_any_value_is_read_or_refused_with_words(body: dict[str, object]) -> None:
    with pytest.raises(TenureError):
        from_dict(body)
