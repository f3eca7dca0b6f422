"""The recipes that a spec may name are those that train, with the same parameters."""

from types import ModuleType

import pytest

from tenure.adapters.frameworks import (
    catboost,
    hist_gradient_boosting,
    lightgbm,
    linear,
    random_forest,
    xgboost,
)
from tenure.adapters.frameworks.params import Allowed, Choice, Number
from tenure.adapters.frameworks.registry import recipes
from tenure.core.recipes import ELSEWHERE, RECIPES, RecipeParam


def test_every_recipe_trains() -> None:
    assert set(RECIPES) - {ELSEWHERE} == set(recipes())
    assert RECIPES[ELSEWHERE] == {}


def as_allowed(param: RecipeParam) -> Number | Choice:
    return Choice(param.words) if param.words else Number(param.low, param.high, param.whole)


@pytest.mark.parametrize(
    "module", [catboost, hist_gradient_boosting, lightgbm, linear, random_forest, xgboost]
)
def test_what_a_spec_may_say_is_what_the_recipe_takes(module: ModuleType) -> None:
    recipe: str = module.NAME
    allowed: Allowed = module.ALLOWED
    assert {name: as_allowed(param) for name, param in RECIPES[recipe].items()} == allowed
