"""Parameters of recipes: known names within bounds."""

import pytest

from tenure.adapters.frameworks import lightgbm, linear
from tenure.adapters.frameworks.params import Allowed, Choice, Number, checked
from tenure.core.errors import TenureError

ALLOWED: Allowed = {"trees": Number(1, 9, whole=True), "rate": Number(0, 1), "kind": Choice(("a",))}


def test_parameters_within_bounds_are_passed_on() -> None:
    given: dict[str, object] = {"trees": 3, "rate": 1, "kind": "a"}
    assert checked("r", given, ALLOWED) == given


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"tress": 3}, "did you mean 'trees'"),
        ({"zzz": 3}, "known: kind, rate, trees"),
        ({"trees": 10}, "a whole number from 1 to 9"),
        ({"trees": 2.5}, "a whole number from 1 to 9"),
        ({"trees": True}, "a whole number"),
        ({"rate": "0.5"}, "a number from 0 to 1"),
        ({"rate": float("nan")}, "a number from 0 to 1"),
        ({"kind": "b"}, "one of a"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(params: dict[str, object], said: str) -> None:
    with pytest.raises(TenureError) as caught:
        checked("r", params, ALLOWED)
    assert caught.value.code == "run.bad_param"
    assert said in caught.value.hint


@pytest.mark.parametrize("allowed", [lightgbm.ALLOWED, linear.ALLOWED])
def test_no_recipe_takes_paths_threads_or_seeds(allowed: Allowed) -> None:
    words = ("file", "data_", "input", "output", "model", "thread", "seed", "machine", "config")
    taken = set(allowed) - {"min_data_in_leaf", "min_data_per_group"}
    assert not [name for name in taken if any(word in name for word in words)]


def test_defaults_are_themselves_allowed() -> None:
    assert checked("lightgbm", lightgbm.DEFAULTS, lightgbm.ALLOWED) == lightgbm.DEFAULTS
