"""The recipes by name, and what `[train.params]` may say to each: nothing else is handed on.

A name that is not here could be a path or a command to the library behind the recipe.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ELSEWHERE = "elsewhere"
"""The recipe of what others have trained: no race trains anything, versions are handed in."""

CODE = "code"
"""What a training is called that a function of the user's does; its parameters are its own."""


@dataclass(frozen=True, slots=True)
class RecipeParam:
    """One parameter: a number within bounds, or one of a few `words`."""

    name: str
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    words: tuple[str, ...] = ()


_LIGHTGBM = (
    RecipeParam("num_iterations", 1, 2000, whole=True),
    RecipeParam("early_stopping_round", 1, 500, whole=True),
    RecipeParam("num_leaves", 2, 1024, whole=True),
    RecipeParam("max_depth", -1, 64, whole=True),
    RecipeParam("learning_rate", 1e-4, 1.0),
    RecipeParam("min_data_in_leaf", 1, 100_000, whole=True),
    RecipeParam("min_gain_to_split", 0, 1e6),
    RecipeParam("max_bin", 3, 255, whole=True),
    RecipeParam("lambda_l1", 0, 1e6),
    RecipeParam("lambda_l2", 0, 1e6),
    RecipeParam("path_smooth", 0, 1e6),
    RecipeParam("feature_fraction", 0.01, 1.0),
    RecipeParam("bagging_fraction", 0.01, 1.0),
    RecipeParam("bagging_freq", 0, 100, whole=True),
    RecipeParam("min_data_per_group", 1, 100_000, whole=True),
    RecipeParam("cat_smooth", 0, 1e6),
    RecipeParam("cat_l2", 0, 1e6),
    RecipeParam("objective", words=("l1", "l2")),
)
_LINEAR = (
    RecipeParam("strength", 1e-6, 1e6),
    RecipeParam("max_iter", 1, 100_000, whole=True),
)
RECIPES: Mapping[str, Mapping[str, RecipeParam]] = MappingProxyType(
    {
        "lightgbm": MappingProxyType({param.name: param for param in _LIGHTGBM}),
        "linear": MappingProxyType({param.name: param for param in _LINEAR}),
        ELSEWHERE: MappingProxyType({}),
    }
)
"""Parameters by recipe and name."""
