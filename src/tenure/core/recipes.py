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
_XGBOOST = (
    RecipeParam("num_boost_round", 1, 2000, whole=True),
    RecipeParam("early_stopping_rounds", 1, 500, whole=True),
    RecipeParam("max_depth", 1, 16, whole=True),
    RecipeParam("learning_rate", 1e-4, 1.0),
    RecipeParam("min_child_weight", 0, 1e6),
    RecipeParam("gamma", 0, 1e6),
    RecipeParam("reg_alpha", 0, 1e6),
    RecipeParam("reg_lambda", 0, 1e6),
    RecipeParam("subsample", 0.01, 1.0),
    RecipeParam("colsample_bytree", 0.01, 1.0),
    RecipeParam("max_bin", 3, 1024, whole=True),
    RecipeParam("objective", words=("l1", "l2")),
)
_CATBOOST = (
    RecipeParam("iterations", 1, 2000, whole=True),
    RecipeParam("early_stopping_rounds", 1, 500, whole=True),
    RecipeParam("depth", 1, 10, whole=True),
    RecipeParam("learning_rate", 1e-4, 1.0),
    RecipeParam("l2_leaf_reg", 0, 1e6),
    RecipeParam("random_strength", 0, 1e3),
    RecipeParam("subsample", 0.01, 1.0),
    RecipeParam("rsm", 0.01, 1.0),
    RecipeParam("border_count", 3, 255, whole=True),
    RecipeParam("one_hot_max_size", 2, 100, whole=True),
    RecipeParam("max_ctr_complexity", 1, 2, whole=True),
    RecipeParam("objective", words=("l1", "l2")),
)
_HIST_GRADIENT_BOOSTING = (
    RecipeParam("max_iter", 1, 2000, whole=True),
    RecipeParam("learning_rate", 1e-4, 1.0),
    RecipeParam("max_leaf_nodes", 2, 1024, whole=True),
    RecipeParam("max_depth", 1, 64, whole=True),
    RecipeParam("min_samples_leaf", 1, 100_000, whole=True),
    RecipeParam("l2_regularization", 0, 1e6),
    RecipeParam("max_features", 0.01, 1.0),
    RecipeParam("max_bins", 3, 255, whole=True),
    RecipeParam("objective", words=("l1", "l2")),
)
_RANDOM_FOREST = (
    RecipeParam("n_estimators", 1, 1000, whole=True),
    RecipeParam("max_depth", 1, 32, whole=True),
    RecipeParam("min_samples_leaf", 1, 100_000, whole=True),
    RecipeParam("max_features", 0.01, 1.0),
    RecipeParam("max_samples", 0.01, 1.0),
)
RECIPES: Mapping[str, Mapping[str, RecipeParam]] = MappingProxyType(
    {
        "lightgbm": MappingProxyType({param.name: param for param in _LIGHTGBM}),
        "linear": MappingProxyType({param.name: param for param in _LINEAR}),
        "xgboost": MappingProxyType({param.name: param for param in _XGBOOST}),
        "catboost": MappingProxyType({param.name: param for param in _CATBOOST}),
        "hist_gradient_boosting": MappingProxyType(
            {param.name: param for param in _HIST_GRADIENT_BOOSTING}
        ),
        "random_forest": MappingProxyType({param.name: param for param in _RANDOM_FOREST}),
        ELSEWHERE: MappingProxyType({}),
    }
)
"""Parameters by recipe and name."""
