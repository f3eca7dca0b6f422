"""Rules between keys: each one refuses at the place that a person has to mend."""

import pytest

from tenure.core.recipes import RECIPES
from tenure.core.spec.checks import params_of
from tenure.core.spec.parse import from_dict
from tenure.core.spec.problems import SpecError

Body = dict[str, dict[str, object]]


def body(**parts: dict[str, object]) -> Body:
    whole: Body = {
        "model": {"tenant": "DL", "name": "m", "task": "binary"},
        "data": {"source": "a.csv", "target": "late", "time": "at", "key": ["id"]},
    }
    return {name: {**whole.get(name, {}), **parts.get(name, {})} for name in {*whole, *parts}}


def places(**parts: dict[str, object]) -> list[str]:
    """Return where a spec is refused; nothing when it is right."""
    try:
        from_dict(body(**parts))
    except SpecError as error:
        return [one.where for one in error.errors if one.code == "spec.bad_value"]
    return []


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"model": {"metric": "mae"}}, "spec.model.metric"),
        (
            {"gate": {"a": {"require": "metric_max", "metric": "mae", "value": 1}}},
            "spec.gate.a.metric",
        ),
        (
            {
                "challengers": {
                    "x": {"gate": {"a": {"require": "metric_max", "metric": "mae", "value": 1}}}
                }
            },
            "spec.challengers.x.gate.a.metric",
        ),
        ({"data": {"time": "late"}}, "spec.data.time"),
        ({"data": {"key": ["late"]}}, "spec.data.key"),
        ({"data": {"ignore": ["id"]}}, "spec.data.ignore"),
        ({"labels": {"expected_after": "4d"}}, "spec.labels.final_after"),
        ({"labels": {"join": ["day"]}}, "spec.labels.join"),
        ({"retire": {"keep_predictions": "1d"}}, "spec.retire.keep_predictions"),
        ({"labels": {"event_time": "late"}}, "spec.labels.event_time"),
        ({"features": {"late": {"type": "int"}}}, "spec.features.late"),
        ({"features": {"id": {"type": "int"}}}, "spec.features.id"),
        ({"features": {"__x": {"type": "int"}}}, "spec.features.__x"),
        ({"features": {"x": {"type": "int", "levels": ["a"]}}}, "spec.features.x.levels"),
        ({"features": {"x": {"type": "bool", "min": 1}}}, "spec.features.x.min"),
        ({"features": {"x": {"type": "int", "min": 1, "max": 0}}}, "spec.features.x.max"),
        (
            {"model": {"mode": "external"}, "monitor": {"quality": {"limit": 0.1}}},
            "spec.monitor.quality",
        ),
        ({"challengers": {"champion": {}}}, "spec.challengers.champion"),
        (
            {"challengers": {"x": {"retrain": {"on": ["finding:accuracy"]}}}},
            "spec.challengers.x.retrain.on",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_at_its_place(
    parts: dict[str, dict[str, object]], where: str
) -> None:
    assert places(**parts) == [where]


@pytest.mark.parametrize(
    "parts",
    [
        {"model": {"metric": "brier"}},
        {"monitor": {"quality": {}}, "retrain": {"on": ["finding:drift"]}},
        {"gate": {"a": {"require": "metric_min", "metric": "auc", "value": 0.6}}},
        {"labels": {"join": ["id"]}},
        {"labels": {"join": ["request_id"]}},
        {"labels": {"expected_after": "0s", "final_after": "0s"}},
        {"features": {"x": {"type": "time", "min": 1, "max": 1}}},
        {"features": {"x": {"type": "category", "levels": ["a"]}}},
    ],
)
def test_what_goes_together_is_taken(parts: dict[str, dict[str, object]]) -> None:
    assert places(**parts) == []


def test_parameters_are_those_of_the_lanes_recipe() -> None:
    params: dict[str, object] = {"recipe": "linear", "params": {"strength": 2}}
    assert from_dict(body(train=params)).train.params == {"strength": 2}
    with pytest.raises(SpecError) as caught:
        from_dict(body(challengers={"x": {"train": {"params": {"strength": 2}}}}))
    assert caught.value.code == "spec.unknown_key"
    assert caught.value.where == "spec.challengers.x.train.params.strength"


def test_every_parameter_of_every_recipe_is_taken() -> None:
    for recipe in RECIPES:
        params = {key.name: key.example for key in params_of(recipe).keys}
        spec = from_dict(body(train={"recipe": recipe, "params": params}))
        assert spec.train.params == params


def test_rows_without_a_time_have_one_window() -> None:
    untimed = body(train={"windows": ["60d"]})
    del untimed["data"]["time"]
    with pytest.raises(SpecError) as caught:
        from_dict(untimed)
    assert caught.value.where == "spec.train.windows"
    untimed["train"] = {"windows": ["all"]}
    assert from_dict(untimed).train.windows == ("all",)


def test_challengers_without_a_time_get_the_one_window_too() -> None:
    untimed = body(challengers={"x": {}})
    del untimed["data"]["time"]
    assert from_dict(untimed).lane("x").train.windows == ("all",)
