"""The trees of scikit-learn: decision trees, forests, gradient boosting, histogram boosting.

All but the last compare in single precision. skl2onnx cannot convert histogram boosting; taken
over like this its answers are the same to the last bit or two.
"""

from typing import Any

import numpy as np

from tenure.adapters.frameworks import trees
from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.foreign import singles
from tenure.adapters.frameworks.foreign.forests import Nodes, renumbered
from tenure.adapters.frameworks.foreign.original import wrong_outputs
from tenure.adapters.frameworks.trees import Forest, Tree
from tenure.core.models import Task
from tenure.core.signatures import Signature

_SINGLE = {"DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier"} | {
    "ExtraTreeRegressor"
}
_AVERAGED = {"RandomForestClassifier", "RandomForestRegressor"} | {
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
}
_BOOSTED = {"GradientBoostingClassifier", "GradientBoostingRegressor"}
HISTOGRAM = {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"}
_LINKS = {"LogitLink": "binary sigmoid:1", "IdentityLink": "", "LogLink": "poisson"}
_BITSET_BITS = 256


def is_known(model: Any) -> bool:
    """Return whether the trees of such a model can be taken over."""
    return type(model).__name__ in _SINGLE | _AVERAGED | _BOOSTED | HISTOGRAM


def forest(model: Any, features: int, places: list[int], signature: Signature) -> Forest:
    """Return the trees, asking their features by place.

    Those of histogram boosting with categories ask what `coded` makes of the rows.
    """
    name = type(model).__name__
    if name in HISTOGRAM:
        return _histogram(model, features, places, signature)
    if name in _BOOSTED:
        return _boosted(model, features, places, signature)
    grown = [model] if name in _SINGLE else model.estimators_
    found = tuple(
        tree for one in grown for tree in _averaged(one.tree_, _outputs(places, signature))
    )
    return Forest(features, signature.width, found, average=True)


def coded(model: Any, rows: Any) -> Any:
    """Return the rows as histogram boosting codes them before its trees see them."""
    preprocessor = getattr(model, "_preprocessor", None)
    return rows if preprocessor is None else preprocessor.transform(rows)


def _outputs(places: list[int], signature: Signature) -> list[int]:
    """Return which of the model's values make up our outputs."""
    if signature.task is Task.REGRESSION:
        return [0]
    return places[1:] if signature.task is Task.BINARY else places


def _averaged(one: Any, outputs: list[int]) -> list[Tree]:
    """Return one tree per output; a leaf of a classifier holds the classes' shares."""
    if one.value.shape[1] != 1:
        raise wrong_outputs("a forest of several targets is not taken over")
    values = one.value[:, 0, :]
    if values.shape[1] > 1:
        values = values / values.sum(axis=1, keepdims=True)
    return [_grown(one, values[:, place]) for place in outputs]


def _grown(one: Any, values: Floats) -> Tree:
    missing = getattr(one, "missing_go_to_left", np.zeros(one.node_count, np.uint8))
    left = np.where(one.children_left < 0, -1, one.children_left)
    threshold = singles.at_most(np.asarray(one.threshold, np.float64))
    return renumbered(
        Nodes(
            left,
            one.children_right,
            one.feature,
            threshold,
            values,
            missing != 0,
            weight=one.weighted_n_node_samples,
        )
    )


def _boosted(model: Any, features: int, places: list[int], signature: Signature) -> Forest:
    classes = model.estimators_.shape[1]
    if signature.task is Task.BINARY and model.loss != "log_loss":
        raise wrong_outputs(f"loss = {model.loss!r} is not taken over")
    flipped = -1.0 if places == [1, 0] else 1.0
    order = places if classes > 1 else [0]
    found = [
        _grown(model.estimators_[i, k].tree_, _scaled(model, i, k) * flipped)
        for i in range(model.estimators_.shape[0])
        for k in order
    ]
    zeros = np.zeros((1, features))
    start = np.ravel(model._raw_predict_init(zeros))[order] * flipped  # noqa: SLF001  # as above
    found += [trees.constant(float(value)) for value in start]
    return Forest(features, len(order), tuple(found), _link(signature, len(order)))


def _scaled(model: Any, i: int, k: int) -> Floats:
    values: Floats = model.estimators_[i, k].tree_.value[:, 0, 0] * model.learning_rate
    return values


def _link(signature: Signature, width: int) -> str:
    links = {Task.BINARY: "binary sigmoid:1", Task.MULTICLASS: f"multiclass num_class:{width}"}
    return links.get(signature.task, "")


def _histogram(model: Any, features: int, places: list[int], signature: Signature) -> Forest:
    base = np.ravel(model._baseline_prediction)  # noqa: SLF001  # there is no other way to the trees
    outputs = places if len(base) > 1 else [0]
    flipped = -1.0 if signature.task is Task.BINARY and places == [1, 0] else 1.0
    found = [
        _histogram_tree(together[k], flipped)
        for together in model._predictors  # noqa: SLF001  # as above
        for k in outputs
    ]
    found += [trees.constant(float(base[k] * flipped)) for k in outputs]
    link = _LINKS.get(type(model._loss.link).__name__)  # noqa: SLF001  # as above
    if len(base) > 1:
        link = f"multiclass num_class:{len(base)}"
    if link is None:
        raise wrong_outputs(f"the link {type(model._loss.link).__name__} is not taken over")  # noqa: SLF001
    return Forest(features, len(outputs), tuple(found), link)


def _histogram_tree(one: Any, flipped: float) -> Tree:
    nodes = one.nodes
    is_leaf = nodes["is_leaf"] != 0
    asked = np.flatnonzero(~is_leaf & (nodes["is_categorical"] != 0))
    return renumbered(
        Nodes(
            np.where(is_leaf, -1, nodes["left"].astype(np.int64)),
            nodes["right"].astype(np.int64),
            nodes["feature_idx"].astype(np.int64),
            nodes["num_threshold"].astype(np.float64),
            nodes["value"].astype(np.float64) * flipped,
            nodes["missing_go_to_left"] != 0,
            {int(node): _left_of(one, nodes[node]) for node in asked},
            nodes["count"],
        )
    )


def _left_of(one: Any, node: Any) -> list[int]:
    """Return the codes that go left."""
    stored = one.raw_left_cat_bitsets[int(node["bitset_idx"])]
    return [c for c in range(_BITSET_BITS) if (int(stored[c // 32]) >> (c % 32)) & 1]
