"""CatBoost's binary models: opened by CatBoost, their trees as ours, categories included."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import trees
from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.adapters.frameworks.foreign import crossing, singles
from tenure.adapters.frameworks.foreign.forests import (
    Nodes,
    check_width,
    edges_of,
    needed,
    renumbered,
    tree_files,
)
from tenure.adapters.frameworks.foreign.original import (
    Candidate,
    Contributions,
    Files,
    Original,
    class_places,
    inputs,
    unreadable,
    wrong_outputs,
)
from tenure.adapters.frameworks.trees import Forest, Tree
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature

_EXPONENTS = ("Poisson", "Tweedie")
_FLOAT = "FloatFeature"


def opened(data: bytes, signature: Signature) -> Original:
    """Open CatBoost's binary model."""
    library = needed("catboost", "catboost")
    loaded = library.CatBoost()
    try:
        loaded.load_model(blob=data)
    except library.CatBoostError as error:
        raise unreadable("CatBoost model", error) from error
    return original(loaded, signature)


def original(loaded: Any, signature: Signature) -> Original:
    """Return an opened CatBoost model as an original."""
    names = [str(name) for name in loaded.feature_names_]
    columns = inputs(
        None if names == [str(i) for i in range(len(names))] else names, len(names), signature
    )
    if loaded.get_text_feature_indices() or loaded.get_embedding_feature_indices():
        raise wrong_outputs("features of free text and embeddings are not taken over")
    found = list(np.ravel(getattr(loaded, "classes_", ())))
    if found and class_places(found, signature) != sorted(class_places(found, signature)):
        raise wrong_outputs("the model's classes stand in another order than the target's")
    model = _described(loaded)
    width = int(len(model["scale_and_bias"][1]) or 1)
    check_width(width, signature)
    texts = frozenset(loaded.get_cat_feature_indices())
    kind = _kind(model, signature.task)

    def answer(table: pa.Table) -> Floats:
        frame = crossing.frame(table, columns, names, texts)
        given = np.asarray(loaded.predict(frame, prediction_type=kind, thread_count=1), np.float64)
        if signature.task is Task.BINARY:
            return given.reshape(table.num_rows, -1)[:, -1:]
        return given.reshape(table.num_rows, width)

    def contributed(table: pa.Table) -> Floats:
        pool = needed("catboost", "catboost").Pool(
            crossing.frame(table, columns, names, texts), cat_features=sorted(texts)
        )
        found = loaded.get_feature_importance(pool, type="ShapValues", thread_count=1)
        return np.asarray(found, np.float64).reshape(table.num_rows, width, -1)

    library = f"catboost {version('catboost')}"
    try:
        grown, encoding = _taken(loaded, model, columns, signature.task)
    except TenureError as error:
        refusal = error
        return Original(library, answer, (Candidate(trees.NAME, lambda: _refused(refusal)),))
    return Original(
        library,
        answer,
        (Candidate(trees.NAME, lambda: tree_files(grown, encoding)),),
        edges_of(grown, encoding),
        Contributions(tuple(column.name for column in columns), contributed),
    )


def forest(loaded: Any, task: Task) -> Forest:
    """Return the trees of a model of numbers, asking its features by place."""
    model = _described(loaded)
    if model["features_info"].get("categorical_features"):
        raise wrong_outputs("CatBoost's categories behind other steps are not taken over")
    count = len(loaded.feature_names_)
    return _forest(model, count, task, {})


def _described(loaded: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model.json"
        loaded.save_model(str(place), format="json")
        model: dict[str, Any] = json.loads(place.read_text("utf-8"))
    return model


def _refused(error: TenureError) -> Files:
    raise error


def _kind(model: dict[str, Any], task: Task) -> str:
    if task is not Task.REGRESSION:
        return "Probability"
    return "Exponent" if _loss(model).startswith(_EXPONENTS) else "RawFormulaVal"


def _loss(model: dict[str, Any]) -> str:
    said = model.get("model_info", {}).get("params", {})
    said = json.loads(said) if isinstance(said, str) else said
    return str(said.get("loss_function", {}).get("type", ""))


def frame_of(table: pa.Table, columns: tuple[Column, ...]) -> tuple[Any, frozenset[int]]:
    """Return a table as CatBoost takes it, and the places of its categories."""
    texts = frozenset(i for i, c in enumerate(columns) if c.type is ColumnType.CATEGORY)
    return crossing.frame(table, columns, [column.name for column in columns], texts), texts


def taken(loaded: Any, columns: tuple[Column, ...], task: Task) -> tuple[Forest, Encoding]:
    """Return the trees of a fitted model and what they ask; raise `version.wrong_outputs`."""
    return _taken(loaded, _described(loaded), columns, task)


def _taken(
    loaded: Any, model: dict[str, Any], columns: tuple[Column, ...], task: Task
) -> tuple[Forest, Encoding]:
    """Return the trees and what they ask: the columns, and crossed features after them."""
    texts = frozenset(loaded.get_cat_feature_indices())
    crossed = crossing.found(loaded, model, columns, texts)
    features = [crossing.alone(c) if i in texts else Feature(c.name) for i, c in enumerate(columns)]
    features += [one.feature for one in crossed.values() if one.place >= len(columns)]
    return _forest(model, len(features), task, crossed), Encoding(tuple(features))


def _forest(
    model: dict[str, Any], features: int, task: Task, crossed: dict[Any, crossing.Crossed]
) -> Forest:
    info = model["features_info"]
    scale, bias = model["scale_and_bias"]
    width = int(len(bias) or 1)
    numbers = [
        (int(one["flat_feature_index"]), one.get("nan_value_treatment") != "AsTrue")
        for one in info.get("float_features", ())
    ]
    grower = _Grower(numbers, info.get("ctrs") or [], info, crossed)
    found: list[Tree] = []
    if "oblivious_trees" in model:
        for place, one in enumerate(model["oblivious_trees"]):
            found += [grower.symmetric(place, one, (width, k), scale) for k in range(width)]
    else:
        for one in model["trees"]:
            found += [grower.nested(one, (width, k), scale) for k in range(width)]
    base = [trees.constant(float(one)) for one in bias or [0.0] * width]
    link = {Task.BINARY: "binary sigmoid:1", Task.MULTICLASS: f"multiclass num_class:{width}"}
    if task is Task.REGRESSION and _loss(model).startswith(_EXPONENTS):
        return Forest(features, width, (*found, *base), "poisson")
    return Forest(features, width, (*found, *base), link.get(task, ""))


class _Grower:
    """Makes our trees. `numbers` are (place, whether a missing value goes left) by float index."""

    def __init__(
        self,
        numbers: list[tuple[int, bool]],
        ctrs: list[Any],
        info: dict[str, Any],
        crossed: dict[Any, crossing.Crossed],
    ) -> None:
        self._numbers = numbers
        self._splits = crossing.Splits(ctrs, info)
        self._crossed = crossed

    def symmetric(
        self, number: int, one: dict[str, Any], output: tuple[int, int], scale: float
    ) -> Tree:
        """Return a tree whose level k asks the question of bit k; bits make the leaf's number."""
        splits = one.get("splits") or []
        width, place = output
        depth = len(splits)
        nodes = (1 << depth) - 1
        level = np.floor(np.log2(np.arange(1, nodes + 1))).astype(np.int64)
        start = np.arange(nodes) + 1 - (1 << level)  # the bits that were answered so far
        size = nodes + (1 << depth)
        feature, threshold = np.zeros(size, np.int64), np.zeros(size)
        missing, children = np.zeros(size, bool), np.full((2, size), -1, np.int64)
        sets: dict[int, list[int]] = {}
        for k, split in enumerate(splits):
            at = np.flatnonzero(level == k)
            if split["split_type"] == _FLOAT:
                feature[at], missing[at] = self._numbers[int(split["float_feature_index"])]
                threshold[at] = float(split["border"])
            else:
                asked = self._crossed[self._splits.of(split)]
                feature[at] = asked.place
                sets |= dict.fromkeys(at.tolist(), asked.left(number, k))
            for bit in (0, 1):
                children[bit, at] = (1 << (k + 1)) - 1 + start[at] + (bit << k)
        value = np.zeros(size)
        value[nodes:] = np.array(one["leaf_values"], np.float64)[place::width] * scale
        weight = np.zeros(size)
        weight[nodes:] = one.get("leaf_weights") or 0.0
        edges = singles.at_most(threshold)
        return renumbered(
            Nodes(children[0], children[1], feature, edges, value, missing, sets, weight)
        )

    def nested(self, root: dict[str, Any], output: tuple[int, int], scale: float) -> Tree:
        """Return a tree that was written node by node."""
        width, place = output
        nodes: list[dict[str, Any]] = [root]
        left, right, feature, threshold, value, missing, weight = ([] for _ in range(7))
        for node in nodes:  # grows while it is walked
            split = node.get("split")
            if split is None:
                each = np.ravel(node["value"])
                value.append(float(each[place % len(each)] if width > 1 else each[0]) * scale)
                left.append(-1)
                right.append(-1)
                feature.append(0)
                threshold.append(0.0)
                missing.append(False)
                weight.append(float(node.get("weight") or 0.0))
                continue
            if split["split_type"] != _FLOAT:
                raise wrong_outputs(
                    "categories are taken over from symmetric trees only (grow_policy)"
                )
            place_of, goes_left = self._numbers[int(split["float_feature_index"])]
            left.append(len(nodes))
            right.append(len(nodes) + 1)
            nodes += [node["left"], node["right"]]
            feature.append(place_of)
            threshold.append(float(split["border"]))
            value.append(0.0)
            missing.append(goes_left)
            weight.append(0.0)
        return renumbered(
            Nodes(
                np.array(left),
                np.array(right),
                np.array(feature),
                singles.at_most(np.array(threshold, np.float64)),
                np.array(value),
                np.array(missing),
                weight=np.array(weight),
            )
        )
