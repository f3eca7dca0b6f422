"""The trees of scikit-learn: decision trees, forests, gradient boosting, histogram boosting.

All but the last compare in single precision. skl2onnx cannot convert histogram boosting; taken
over like this its answers are the same to the last bit or two.
"""

from typing import Any

import numpy as np

from tenure.adapters.frameworks import trees
from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.adapters.frameworks.foreign import singles
from tenure.adapters.frameworks.foreign.boosters import renumbered
from tenure.adapters.frameworks.foreign.original import numeric, wrong_inputs, wrong_outputs
from tenure.adapters.frameworks.trees import MISSING_IS_NAN, Forest, Tree
from tenure.core.columns import Column, ColumnType
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
_HISTOGRAM = {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"}
_LINKS = {"LogitLink": "binary sigmoid:1", "IdentityLink": "", "LogLink": "poisson"}
_BITSET_BITS = 256


def is_known(model: Any) -> bool:
    """Return whether the trees of such a model can be taken over."""
    return type(model).__name__ in _SINGLE | _AVERAGED | _BOOSTED | _HISTOGRAM


def forest(
    model: Any, columns: tuple[Column, ...], places: list[int], signature: Signature
) -> tuple[Forest, Encoding]:
    """Return the trees and the encoding of what they ask."""
    name = type(model).__name__
    if name in _HISTOGRAM:
        return _histogram(model, columns, places, signature)
    encoding = numeric(columns)
    if name in _BOOSTED:
        return _boosted(model, len(columns), places, signature), encoding
    grown = [model] if name in _SINGLE else model.estimators_
    found = tuple(
        tree for one in grown for tree in _averaged(one.tree_, _outputs(places, signature))
    )
    return Forest(len(columns), signature.width, found, average=True), encoding


def edges(model: Any, columns: tuple[Column, ...]) -> dict[str, Floats]:
    """Return the thresholds of the model's trees, as it holds them."""
    if not is_known(model) or getattr(model, "_preprocessor", None) is not None:
        return {}
    kept: dict[int, list[Floats]] = {}
    for feature, threshold in _splits(model):
        for place in np.unique(feature[feature >= 0]):
            kept.setdefault(int(place), []).append(threshold[feature == place])
    return {columns[place].name: np.unique(np.concatenate(v)) for place, v in kept.items()}


def _splits(model: Any) -> Any:
    """Yield features and thresholds of each tree."""
    if type(model).__name__ in _HISTOGRAM:
        for together in model._predictors:  # noqa: SLF001  # there is no other way to the trees
            for one in together:
                inner = one.nodes[(one.nodes["is_leaf"] == 0) & (one.nodes["is_categorical"] == 0)]
                yield inner["feature_idx"].astype(np.int64), inner["num_threshold"]
        return
    grown = [model] if type(model).__name__ in _SINGLE else np.ravel(model.estimators_)
    for one in grown:
        yield one.tree_.feature, one.tree_.threshold


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
    return renumbered(left, one.children_right, one.feature, threshold, values, missing != 0)


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


def _histogram(
    model: Any, columns: tuple[Column, ...], places: list[int], signature: Signature
) -> tuple[Forest, Encoding]:
    order, encoding = _taken(model, columns)
    base = np.ravel(model._baseline_prediction)  # noqa: SLF001  # as above
    outputs = places if len(base) > 1 else [0]
    flipped = -1.0 if signature.task is Task.BINARY and places == [1, 0] else 1.0
    found = [
        _histogram_tree(together[k], order, flipped)
        for together in model._predictors  # noqa: SLF001  # as above
        for k in outputs
    ]
    found += [trees.constant(float(base[k] * flipped)) for k in outputs]
    link = _LINKS.get(type(model._loss.link).__name__)  # noqa: SLF001  # as above
    if len(base) > 1:
        link = f"multiclass num_class:{len(base)}"
    if link is None:
        raise wrong_outputs(f"the link {type(model._loss.link).__name__} is not taken over")  # noqa: SLF001
    return Forest(len(columns), len(outputs), tuple(found), link), encoding


def _taken(model: Any, columns: tuple[Column, ...]) -> tuple[list[tuple[int, int]], Encoding]:
    """Return (our place, code of missing) for each feature of the trees, and the encoding.

    Trained on a frame, the model codes its category columns first and moves them to the front.
    """
    preprocessor = getattr(model, "_preprocessor", None)
    if preprocessor is None:
        if model.is_categorical_ is not None and model.is_categorical_.any():
            raise wrong_inputs("categories that are numbers are not taken over")
        return [(place, -1) for place in range(len(columns))], numeric(columns)
    levels = preprocessor.named_transformers_["encoder"].categories_
    texts = [i for i, c in enumerate(columns) if c.type is ColumnType.CATEGORY]
    rest = [i for i in range(len(columns)) if i not in texts]
    if texts != np.flatnonzero(model.is_categorical_).tolist():
        raise wrong_inputs("the categories of the model are not those of the data")
    features = [Feature(column.name) for column in columns]
    order = []
    for place, each in zip(texts, levels, strict=True):
        known = [str(level) for level in each if isinstance(level, str)]
        features[place] = Feature(
            columns[place].name, tuple(known), float(len(known)), float(len(known))
        )
        order.append((place, len(known)))
    return [*order, *((place, -1) for place in rest)], Encoding(tuple(features))


def _histogram_tree(one: Any, order: list[tuple[int, int]], flipped: float) -> Tree:
    nodes = one.nodes
    is_leaf = nodes["is_leaf"] != 0
    places = np.array([place for place, _ in order])
    left = np.where(is_leaf, -1, nodes["left"].astype(np.int64))
    rule = np.where(is_leaf, 0, np.arange(len(nodes)))  # carries the node's number along
    grown = renumbered(
        left,
        nodes["right"].astype(np.int64),
        rule,
        nodes["num_threshold"].astype(np.float64),
        nodes["value"].astype(np.float64) * flipped,
        nodes["missing_go_to_left"] != 0,
    )
    asked = nodes[grown.feature]
    sets = [_left_of(one, node, order) for node in asked if node["is_categorical"]]
    is_set = asked["is_categorical"] != 0
    threshold = grown.threshold.copy()
    threshold[is_set] = np.arange(len(sets))
    return Tree(
        feature=places[asked["feature_idx"].astype(np.int64)],
        threshold=threshold,
        decision=np.where(is_set, trees.CATEGORICAL | MISSING_IS_NAN, grown.decision),
        left=grown.left,
        right=grown.right,
        leaf=grown.leaf,
        bounds=np.cumsum([0, *map(len, sets)]),
        words=np.concatenate(sets) if sets else np.zeros(0, np.int64),
    )


def _left_of(one: Any, node: Any, order: list[tuple[int, int]]) -> Any:
    """Return the bit set of the codes that go left; what is missing or unseen has a code too."""
    stored = one.raw_left_cat_bitsets[int(node["bitset_idx"])]
    codes = [c for c in range(_BITSET_BITS) if (int(stored[c // 32]) >> (c % 32)) & 1]
    if node["missing_go_to_left"]:
        codes.append(order[int(node["feature_idx"])][1])
    return trees.bits(codes)
