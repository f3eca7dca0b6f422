"""LightGBM, XGBoost and CatBoost: their files opened by their libraries, their trees as ours."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import booster, encode, trees
from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.adapters.frameworks.foreign import singles
from tenure.adapters.frameworks.foreign.original import (
    Candidate,
    Files,
    Original,
    inputs,
    numeric,
    unreadable,
    wrong_inputs,
    wrong_outputs,
)
from tenure.adapters.frameworks.trees import MISSING_IS_NAN, MISSING_LEFT, Forest, Tree
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError, invalid
from tenure.core.models import Task
from tenure.core.signatures import Signature

_CATEGORIES = "\npandas_categorical:"
_LINKS = {
    "binary:logistic": "binary sigmoid:1",
    "reg:logistic": "binary sigmoid:1",
} | dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), "poisson")


def lightgbm(data: bytes, signature: Signature) -> Original:
    """Open LightGBM's text."""
    import lightgbm as library

    forest = _parsed(data)
    try:
        opened = library.Booster(model_str=data.decode())
    except library.basic.LightGBMError as error:
        raise unreadable("LightGBM model", error) from error
    names = opened.feature_name()
    columns = inputs(_named(names, "Column_"), len(names), signature)
    encoding = _categories(data, columns)
    check_width(forest.width, signature)

    def answer(table: pa.Table) -> Floats:
        outputs = opened.predict(encoding.matrix(table), num_threads=1)
        return np.asarray(outputs, np.float64).reshape(table.num_rows, forest.width)

    return tree_original(f"lightgbm {version('lightgbm')}", answer, forest, encoding)


def xgboost(data: bytes, signature: Signature) -> Original:
    """Open XGBoost's JSON or UBJSON."""
    library = needed("xgboost", "xgboost")
    opened = library.Booster({"nthread": 1})
    try:
        opened.load_model(bytearray(data))
        model = json.loads(opened.save_raw("json"))["learner"]
    except (library.core.XGBoostError, ValueError, KeyError) as error:
        raise unreadable("XGBoost model", error) from error
    columns = inputs(opened.feature_names, int(opened.num_features()), signature)
    encoding = numeric(columns)
    objective = str(model["objective"]["name"])
    width = max(1, int(model["learner_model_param"]["num_class"]))
    check_width(width, signature)
    best = opened.attr("best_iteration")
    span = (0, int(best) + 1) if best is not None else (0, 0)

    def predicted(table: pa.Table, *, margin: bool) -> Floats:
        rows = library.DMatrix(encoding.matrix(table), feature_names=opened.feature_names)
        found = opened.predict(rows, output_margin=margin, iteration_range=span)
        return np.asarray(found, np.float64).reshape(table.num_rows, width)

    def grown() -> Files:
        if model["gradient_booster"]["name"] != "gbtree":
            raise wrong_outputs(f"{model['gradient_booster']['name']} is more than trees")
        found = _xgboost_trees(model["gradient_booster"]["model"], width, span[1])
        link = f"multiclass num_class:{width}" if width > 1 else _LINKS.get(objective, "")
        empty = pa.table({c.name: pa.array([0.0]) for c in columns})
        at_zero = [sum(_at_zero(tree) for tree in found[k::width]) for k in range(width)]
        base = predicted(empty, margin=True)[0] - np.array(at_zero)
        forest = Forest(
            len(columns), width, (*found, *(trees.constant(float(b)) for b in base)), link
        )
        return tree_files(forest, encoding)

    return Original(
        f"xgboost {version('xgboost-cpu')}",
        lambda table: predicted(table, margin=False),
        (Candidate(trees.NAME, grown),),
        _xgboost_edges(model, columns),
    )


def catboost(data: bytes, signature: Signature) -> Original:
    """Open CatBoost's binary model."""
    library = needed("catboost", "catboost")
    opened = library.CatBoost()
    try:
        opened.load_model(blob=data)
    except library.CatBoostError as error:
        raise unreadable("CatBoost model", error) from error
    return catboost_model(opened, signature)


def catboost_model(opened: Any, signature: Signature) -> Original:
    """Return an opened CatBoost model as an original."""
    names = [str(name) for name in opened.feature_names_]
    columns = inputs(
        None if names == [str(i) for i in range(len(names))] else names, len(names), signature
    )
    texts = set(opened.get_cat_feature_indices())
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model.json"
        opened.save_model(str(place), format="json")
        model = json.loads(place.read_text("utf-8"))
    width = int(model["scale_and_bias"][1].__len__() or 1)
    check_width(width, signature)
    kind = {Task.REGRESSION: "RawFormulaVal"}.get(signature.task, "Probability")

    def answer(table: pa.Table) -> Floats:
        rows = [_catboost_column(table, c, place in texts) for place, c in enumerate(columns)]
        import pandas as pd

        frame = pd.DataFrame(dict(zip(names, rows, strict=True)))
        found = np.asarray(opened.predict(frame, prediction_type=kind, thread_count=1), np.float64)
        if signature.task is Task.BINARY:
            return found.reshape(table.num_rows, -1)[:, -1:]
        return found.reshape(table.num_rows, width)

    def grown() -> Files:
        encoding = numeric(columns)
        return tree_files(_catboost_forest(model, len(columns), width, signature.task), encoding)

    edges = {
        columns[one["flat_feature_index"]].name: np.array(one.get("borders") or [])
        for one in model["features_info"].get("float_features", ())
    }
    return Original(
        f"catboost {version('catboost')}", answer, (Candidate(trees.NAME, grown),), edges
    )


def tree_original(library: str, answer: Any, forest: Forest, encoding: Encoding) -> Original:
    """Return a model of trees that are already ours."""
    candidate = Candidate(trees.NAME, lambda: tree_files(forest, encoding))
    return Original(library, answer, (candidate,), edges_of(forest, encoding))


def tree_files(forest: Forest, encoding: Encoding) -> Files:
    return {booster.FILE: trees.to_text(forest), encode.FILE: encode.to_bytes(encoding)}


def edges_of(forest: Forest, encoding: Encoding) -> dict[str, Floats]:
    """Return the thresholds of the numeric features."""
    kept: dict[str, list[Floats]] = {}
    for tree in forest.trees:
        numeric = (tree.decision & trees.CATEGORICAL) == 0
        for place in np.unique(tree.feature[numeric]):
            here = numeric & (tree.feature == place)
            kept.setdefault(encoding.features[place].name, []).append(tree.threshold[here])
    return {name: np.unique(np.concatenate(parts)) for name, parts in kept.items()}


def check_width(width: int, signature: Signature) -> None:
    if width != signature.width:
        raise wrong_outputs(
            f"the model gives {width} numbers a row, a {signature.task} of this target has "
            f"{signature.width}"
        )


def needed(module: str, extra: str) -> Any:
    """Return a library that is an extra; raise `runtime.not_installed`."""
    try:
        return __import__(module)
    except ImportError as error:
        raise invalid(
            "runtime.not_installed",
            f"{module} is not installed where the worker runs",
            hint=f"pip install 'tenure[{extra}]'",
        ) from error


def _parsed(data: bytes) -> Forest:
    try:
        return trees.from_text(data)
    except TenureError as error:
        raise unreadable("LightGBM model", error.message) from error


def _named(names: list[str], prefix: str) -> list[str] | None:
    """Return the names, or None when the library made them up."""
    return None if names == [f"{prefix}{place}" for place in range(len(names))] else names


def _categories(data: bytes, columns: tuple[Column, ...]) -> Encoding:
    """Return the encoding: levels and their codes stand in the text's last line."""
    _, found, line = data.decode().rpartition(_CATEGORIES)
    try:
        levels = json.loads(line.splitlines()[0]) if found else None
    except (ValueError, IndexError) as error:
        raise unreadable("LightGBM model", error) from error
    texts = [column for column in columns if column.type is ColumnType.CATEGORY]
    if not levels:
        return numeric(columns)
    if len(levels) != len(texts):
        raise wrong_inputs(
            f"the model was trained with {len(levels)} category columns, of its inputs "
            f"{len(texts)} are categories here",
            "declare them in [features] with the type they had",
        )
    known = {c.name: tuple(map(str, each)) for c, each in zip(texts, levels, strict=True)}
    return Encoding(tuple(Feature(column.name, known.get(column.name)) for column in columns))


def _xgboost_trees(model: dict[str, Any], width: int, iterations: int) -> list[Tree]:
    """Return the trees, one of each class in turn."""
    found: list[list[Tree]] = [[] for _ in range(width)]
    ends = model["iteration_indptr"][iterations] if iterations else len(model["trees"])
    for one, place in zip(model["trees"][:ends], model["tree_info"][:ends], strict=True):
        found[int(place)].append(_xgboost_tree(one))
    longest = max(map(len, found), default=0)
    for each in found:
        each.extend([trees.constant(0.0)] * (longest - len(each)))
    return [tree for together in zip(*found, strict=True) for tree in together]


def _xgboost_tree(one: dict[str, Any]) -> Tree:
    if any(one.get("split_type", ())) or int(one["tree_param"].get("size_leaf_vector", 1)) > 1:
        raise wrong_outputs("categorical splits and vector leaves are not taken over")
    left, right = np.array(one["left_children"]), np.array(one["right_children"])
    values = np.array(one["split_conditions"], np.float64)
    defaults = np.array(one["default_left"], np.int64)
    return renumbered(
        left, right, np.array(one["split_indices"]), singles.below(values), values, defaults != 0
    )


def _xgboost_edges(model: dict[str, Any], columns: tuple[Column, ...]) -> dict[str, Floats]:
    kept: dict[str, list[float]] = {}
    for one in model["gradient_booster"].get("model", {}).get("trees", ()):
        places = zip(
            one["left_children"], one["split_indices"], one["split_conditions"], strict=True
        )
        for left, feature, threshold in places:
            if left >= 0:
                kept.setdefault(columns[feature].name, []).append(threshold)
    return {name: np.unique(np.array(values)) for name, values in kept.items()}


def renumbered(  # the arrays that make a tree, in the order in which they are read
    left: Any, right: Any, feature: Any, threshold: Floats, value: Floats, missing_left: Any
) -> Tree:
    """Return a tree from arrays over all its nodes, a leaf being a node without children."""
    is_leaf = left < 0
    if is_leaf[0]:
        return trees.constant(float(value[0]))
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if not is_leaf[node]:
            stack += [int(right[node]), int(left[node])]
    places = np.array(order)
    inner, leaves = places[~is_leaf[places]], places[is_leaf[places]]
    number = np.zeros(len(left), np.int64)
    number[inner] = np.arange(len(inner))
    number[leaves] = ~np.arange(len(leaves))
    decision = MISSING_IS_NAN + MISSING_LEFT * missing_left[inner].astype(np.int64)
    return Tree(
        feature=feature[inner].astype(np.int64),
        threshold=threshold[inner],
        decision=decision,
        left=number[left[inner]],
        right=number[right[inner]],
        leaf=value[leaves],
    )


def _at_zero(tree: Tree) -> float:
    """Return what a tree says of a row of zeros."""
    if len(tree.leaf) == 1:
        return float(tree.leaf[0])
    node = 0
    while node >= 0:
        node = int(tree.left[node] if tree.threshold[node] >= 0 else tree.right[node])
    return float(tree.leaf[~node])


def _catboost_column(table: pa.Table, column: Column, is_category: bool) -> Any:  # noqa: FBT001
    values = table.column(column.name)
    if is_category:
        return ["nan" if one is None else one for one in values.cast(pa.string()).to_pylist()]
    return np.asarray(values.cast(pa.float64()).to_numpy(), np.float64)


def _catboost_forest(model: dict[str, Any], features: int, width: int, task: Task) -> Forest:
    info = model["features_info"]
    if "oblivious_trees" not in model or info.get("categorical_features") or model.get("ctr_data"):
        raise wrong_outputs("only symmetric trees over numbers are taken over")
    scale, bias = model["scale_and_bias"]
    flat = [int(one["flat_feature_index"]) for one in info["float_features"]]
    left = [one.get("nan_value_treatment") != "AsTrue" for one in info["float_features"]]
    found = [
        _symmetric(one, flat, left, (width, place), scale)
        for one in model["oblivious_trees"]
        for place in range(width)
    ]
    base = [trees.constant(float(one)) for one in bias or [0.0] * width]
    link = {Task.BINARY: "binary sigmoid:1", Task.MULTICLASS: f"multiclass num_class:{width}"}
    return Forest(features, width, (*found, *base), link.get(task, ""))


def _symmetric(
    one: dict[str, Any], flat: list[int], left: list[bool], output: tuple[int, int], scale: float
) -> Tree:
    """Return a tree whose level k asks the question of bit k; bits make the leaf's number."""
    splits = one.get("splits") or []
    width, place = output
    values = np.array(one["leaf_values"], np.float64)[place::width] * scale
    depth = len(splits)
    nodes = (1 << depth) - 1
    level = np.floor(np.log2(np.arange(1, nodes + 1))).astype(np.int64)
    start = np.arange(nodes) + 1 - (1 << level)  # the bits that were answered so far
    size = nodes + (1 << depth)
    feature, threshold = np.zeros(size, np.int64), np.zeros(size)
    missing, children = np.zeros(size, bool), np.full((2, size), -1, np.int64)
    for k, split in enumerate(splits):
        index = int(split["float_feature_index"])
        at = np.flatnonzero(level == k)
        feature[at], threshold[at], missing[at] = flat[index], float(split["border"]), left[index]
        for bit in (0, 1):
            children[bit, at] = (1 << (k + 1)) - 1 + start[at] + (bit << k)
    value = np.zeros(size)
    value[nodes:] = values
    return renumbered(children[0], children[1], feature, singles.at_most(threshold), value, missing)
