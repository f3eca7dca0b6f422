"""Differences: leaf by leaf, none for equal specs, and in words."""

from dataclasses import replace

from hypothesis import given, settings

from tenure.core.spec.difference import Change, differences, dotted, leaves
from tenure.core.spec.parse import from_dict, to_dict
from tenure.core.spec.values import Spec
from tests.core.spec import strategies

BODY = {
    "model": {"tenant": "DL", "name": "m", "task": "binary"},
    "data": {"source": "a.csv", "target": "late", "time": "at"},
}
SPEC = from_dict(BODY)


@settings(max_examples=20, deadline=None)
@given(strategies.specs())
def test_a_spec_does_not_differ_from_itself(spec: Spec) -> None:
    assert differences(spec, spec) == ()


@settings(max_examples=20, deadline=None)
@given(strategies.specs(), strategies.specs())
def test_specs_differ_exactly_when_their_content_does(one: Spec, other: Spec) -> None:
    found = differences(one, other)
    assert bool(found) == (to_dict(one) != to_dict(other))
    assert {change.path for change in found} == {c.path for c in differences(other, one)}


def test_a_changed_value_is_one_change() -> None:
    seeded = replace(SPEC, train=replace(SPEC.train, seed=8))
    (change,) = differences(seeded, SPEC)
    assert change == Change("train.seed", 8, 7)
    assert change.text == "train.seed: 7 → 8"


def test_lists_are_compared_as_a_whole() -> None:
    fewer = replace(SPEC, train=replace(SPEC.train, windows=("all",)))
    (change,) = differences(fewer, SPEC)
    assert change.text == 'train.windows: ["60d", "120d", "all"] → ["all"]'


def test_against_nothing_everything_is_new() -> None:
    found = differences(SPEC, None)
    assert [change.path for change in found[:3]] == ["spec", "model.tenant", "model.name"]
    assert all(change.actual is None for change in found)
    assert found[0].text == "spec: nothing → 1"


def test_what_is_taken_away_is_told() -> None:
    challenged = from_dict({**BODY, "challengers": {"static": {}}})
    found = differences(SPEC, challenged)
    assert all(change.path.startswith("challengers.static.") for change in found)
    assert all(change.declared is None for change in found)


def test_inheriting_is_no_difference() -> None:
    challenged = to_dict(from_dict({**BODY, "challengers": {"inherit": {}}}))
    paths = [dotted(path) for path, _ in leaves(challenged)]
    assert "challengers.inherit.inherit" not in paths
    assert "challengers.inherit.train.seed" in paths


def test_paths_are_written_as_toml_writes_them() -> None:
    assert dotted(("features", "wind gust", "type")) == 'features."wind gust".type'
