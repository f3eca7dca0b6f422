"""What each feature adds to an answer, exactly: Shapley values of trees and of linear models.

Of trees they are those of Lundberg et al. 2020 ("path-dependent": relative to the training rows as
they were split among the leaves), and LightGBM's C++ computes them for trees of every library. Of a
linear model they have a closed form, relative to the mean of the training rows. Both are told in the
client's own features, and add up with the base value to the raw score behind the answer.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tenure.adapters.frameworks import booster, encode, linear, trees
from tenure.adapters.frameworks import lightgbm as recipe
from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.adapters.frameworks.trees import Forest
from tenure.core.contributions import IDENTITY, LINEAR, LOG, LOGIT, SOFTMAX, SQUARE, TREE
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.training import Contributed, Explainer

_LINKS = {"binary": LOGIT, "cross_entropy": LOGIT, "multiclassova": LOGIT} | {
    "multiclass": SOFTMAX,
    "poisson": LOG,
    "regression": SQUARE,  # "regression sqrt"; the plain one has no word
    "": IDENTITY,
}


def of_trees(files: dict[str, bytes], signature: Signature) -> Explainer | None:
    """Return what explains a version of trees; None when its leaves' counts are not known."""
    encoding = encode.from_files(files)
    if booster.FILE not in files:
        raise encode.broken(booster.FILE, "the file is missing")
    forest = trees.from_text(files[booster.FILE])
    return TreeExplainer(forest, encoding, signature) if forest.is_covered else None


def of_linear(files: dict[str, bytes], signature: Signature) -> Explainer | None:
    """Return what explains a linear version; None when its training rows' mean is not known."""
    loaded = linear.load(files, signature)
    return LinearExplainer(loaded, signature) if loaded.weights.average else None


EXPLAINERS: dict[str, Callable[[dict[str, bytes], Signature], Explainer | None]] = {
    recipe.NAME: of_trees,
    trees.NAME: of_trees,
    linear.NAME: of_linear,
}
"""By runtime. What is not here is a black box."""


class TreeExplainer:
    """A loaded forest. Not thread-safe."""

    def __init__(self, forest: Forest, encoding: Encoding, signature: Signature) -> None:
        self._booster = booster.load(trees.to_text(forest))
        self._rows = encode.Rows(encoding)
        self._shares = _shares(encoding, signature)
        name, *rest = forest.objective.split() or [""]
        self._link = _LINKS[name]
        sigmoid = next((one for one in rest if one.startswith("sigmoid:")), "sigmoid:1")
        iterations = len(forest.trees) // forest.width
        self._scale = float(sigmoid.partition(":")[2]) / (iterations if forest.average else 1)

    def explain(self, columns: dict[str, list[Any]], rows: int) -> Contributed:
        matrix = self._rows.many(columns, rows)
        found = self._booster.contributions(matrix) * self._scale
        return Contributed(TREE, self._link, found[:, :, :-1] @ self._shares, found[:, :, -1])


class LinearExplainer:
    """A loaded linear model."""

    def __init__(self, loaded: linear.LinearPredictor, signature: Signature) -> None:
        self._loaded = loaded
        average = np.array(loaded.weights.average).T  # [outputs, features]
        self._average = average
        self._base = np.array(loaded.weights.intercept) + average.sum(axis=1)
        self._shares = _shares(loaded.encoding, signature)
        self._link = _link_of(signature)

    def explain(self, columns: dict[str, list[Any]], rows: int) -> Contributed:
        found = (self._loaded.parts(columns, rows) - self._average) @ self._shares
        return Contributed(LINEAR, self._link, found, np.tile(self._base, (rows, 1)))


def _link_of(signature: Signature) -> str:
    if signature.task is Task.REGRESSION:
        return IDENTITY
    return LOGIT if signature.width == 1 else SOFTMAX


def _shares(encoding: Encoding, signature: Signature) -> Floats:
    """Return which share of each input belongs to which feature, [inputs, features].

    An input that crosses several columns is theirs in equal parts, as CatBoost has it.
    """
    place = {column.name: at for at, column in enumerate(signature.features)}
    shares = np.zeros((len(encoding.features), len(place)))
    for row, feature in enumerate(encoding.features):
        names = _columns(feature)
        for name in names:
            shares[row, place[name]] = 1.0 / len(names)
    return shares


def _columns(feature: Feature) -> list[str]:
    return list(dict.fromkeys(part.name for part in feature.parts)) or [feature.name]
