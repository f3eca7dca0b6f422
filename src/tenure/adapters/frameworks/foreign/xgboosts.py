"""XGBoost's JSON and UBJSON: opened by XGBoost, its trees as ours, categories included.

Since its version 3.1 a model trained on category columns carries their levels. A level that it
has not seen is an error to XGBoost; here, as everywhere, it is a missing value.
"""

import json
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import trees
from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.adapters.frameworks.foreign import singles
from tenure.adapters.frameworks.foreign.forests import (
    Nodes,
    check_width,
    edges_of,
    needed,
    renumbered,
    said_of,
    tree_files,
)
from tenure.adapters.frameworks.foreign.original import (
    Candidate,
    Contributions,
    Files,
    Original,
    inputs,
    numeric,
    unreadable,
    wrong_inputs,
    wrong_outputs,
)
from tenure.adapters.frameworks.trees import Forest, Tree
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.signatures import Signature

_LINKS = {
    "binary:logistic": "binary sigmoid:1",
    "reg:logistic": "binary sigmoid:1",
} | dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), "poisson")
_PLAIN = frozenset({"reg:squarederror", "reg:absoluteerror", "reg:quantileerror"}) | {
    "reg:pseudohubererror",
    "reg:linear",
}
_RAW = "binary:logitraw"


def opened(data: bytes, signature: Signature) -> Original:
    """Open XGBoost's JSON or UBJSON."""
    library = needed("xgboost", "xgboost")
    loaded = library.Booster({"nthread": 1})
    try:
        loaded.load_model(bytearray(data))
        model = _described(loaded)
    except (library.core.XGBoostError, ValueError, KeyError) as error:
        raise unreadable("XGBoost model", error) from error
    columns = inputs(loaded.feature_names, int(loaded.num_features()), signature)
    encoding = _encoding(model, columns)
    width = _width(model)
    check_width(width, signature)
    best = loaded.attr("best_iteration")
    span = (0, int(best) + 1) if best is not None else (0, 0)

    def rows(table: pa.Table) -> Any:
        return library.DMatrix(
            _frame(encoding, table), feature_names=loaded.feature_names, enable_categorical=True
        )

    def answer(table: pa.Table) -> Floats:
        found = loaded.predict(rows(table), iteration_range=span)
        return np.asarray(found, np.float64).reshape(table.num_rows, width)

    def contributed(table: pa.Table) -> Floats:
        found = loaded.predict(rows(table), iteration_range=span, pred_contribs=True)
        return np.asarray(found, np.float64).reshape(table.num_rows, width, -1)

    try:
        grown = forest(loaded)
    except TenureError as error:
        refusal = error
        return Original(_library(), answer, (Candidate(trees.NAME, lambda: _refused(refusal)),))
    return Original(
        _library(),
        answer,
        (Candidate(trees.NAME, lambda: tree_files(grown, encoding)),),
        edges_of(grown, encoding),
        Contributions(tuple(column.name for column in columns), contributed),
    )


def forest(loaded: Any) -> Forest:
    """Return the trees of a booster, asking its features by place; raise `version.wrong_outputs`."""
    model = _described(loaded)
    booster, width = model["gradient_booster"], _width(model)
    objective = str(model["objective"]["name"])
    weights = booster.get("weight_drop")
    inner = booster["gbtree"] if booster["name"] == "dart" else booster
    if "model" not in inner or "trees" not in inner["model"]:
        raise wrong_outputs(f"{booster['name']} is more than trees")
    if width == 1 and objective not in _LINKS and objective not in _PLAIN:
        raise wrong_outputs(f"the objective {objective} is not taken over")
    best = loaded.attr("best_iteration")
    iterations = int(best) + 1 if best is not None else 0
    found = _grown(inner["model"], weights, width, iterations)
    link = f"multiclass num_class:{width}" if width > 1 else _LINKS.get(objective, "")
    count = int(loaded.num_features())
    absent = np.full((1, count), np.nan)
    library = needed("xgboost", "xgboost")
    rows = library.DMatrix(
        absent, feature_names=loaded.feature_names, feature_types=loaded.feature_types
    )
    margin = loaded.predict(rows, output_margin=True, iteration_range=(0, iterations))
    sums = [sum(said_of(tree, absent[0]) for tree in found[k::width]) for k in range(width)]
    base = np.asarray(margin, np.float64).reshape(width) - np.array(sums)
    return Forest(count, width, (*found, *(trees.constant(float(b)) for b in base)), link)


def _described(loaded: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(loaded.save_raw("json"))["learner"]
    return found


def _library() -> str:
    return f"xgboost {version('xgboost-cpu')}"


def _refused(error: TenureError) -> Files:
    raise error


def _width(model: dict[str, Any]) -> int:
    said = model["learner_model_param"]
    return max(1, int(said["num_class"]), int(said.get("num_target", 1)))


def _encoding(model: dict[str, Any], columns: tuple[Column, ...]) -> Encoding:
    """Return how columns become XGBoost's numbers; a missing level gets a code of its own."""
    kinds = model.get("feature_types") or []
    coded = [place for place, kind in enumerate(kinds) if kind == "c"]
    stored = model["gradient_booster"].get("gbtree", model["gradient_booster"])
    known = _known(stored.get("model", {}))
    if not coded:
        return numeric(columns)
    if not known:
        raise wrong_inputs(
            "the file says which columns are categories, but not their levels",
            "save it with XGBoost 3.1 or later, trained on a frame with category columns",
        )
    features = [Feature(column.name) for column in columns]
    for place, column in enumerate(columns):
        if (place in coded) is not (column.type is ColumnType.CATEGORY):
            raise wrong_inputs(
                f"{column.name!r} is {'a category' if place in coded else 'a number'} to the "
                f"model, and a {column.type} here",
                "declare it in [features] with the type it had",
            )
        if place in coded:
            levels = _levels(known[place], column.name)
            size = float(len(levels))
            features[place] = Feature(column.name, levels, missing=size, unseen=size)
    return Encoding(tuple(features))


def _known(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the file says of the levels of each feature."""
    found: list[dict[str, Any]] = (model.get("cats") or {}).get("enc") or []
    return found


def _size(one: dict[str, Any]) -> int:
    return max(0, len(one["offsets"]) - 1) if "offsets" in one else len(one["values"])


def _levels(stored: dict[str, Any], name: str) -> tuple[str, ...]:
    values, offsets = stored["values"], stored.get("offsets")
    if offsets is None:
        return tuple(map(str, values))
    text = bytes(value % 256 for value in values)
    try:
        return tuple(text[begin:end].decode() for begin, end in pairwise(offsets))
    except UnicodeDecodeError as error:
        raise wrong_inputs(f"the levels of {name!r} are not UTF-8") from error


def _frame(encoding: Encoding, table: pa.Table) -> Any:
    import pandas as pd

    matrix = encoding.matrix(table)
    columns = {}
    for place, feature in enumerate(encoding.features):
        values = matrix[:, place]
        if feature.levels is not None:
            codes = np.where(values == feature.missing, -1, values).astype(np.int64)
            values = pd.Categorical.from_codes(codes, list(feature.levels))
        columns[feature.name] = values
    return pd.DataFrame(columns)


def _grown(
    model: dict[str, Any], weights: list[float] | None, width: int, iterations: int
) -> list[Tree]:
    """Return the trees, one of each class in turn."""
    found: list[list[Tree]] = [[] for _ in range(width)]
    ends = model["iteration_indptr"][iterations] if iterations else len(model["trees"])
    scales = weights or [1.0] * ends
    sizes = [_size(one) for one in _known(model)]
    kept = zip(model["trees"][:ends], model["tree_info"][:ends], scales[:ends], strict=True)
    for one, place, scale in kept:
        found[int(place)].append(_tree(one, scale, sizes))
    longest = max(map(len, found), default=0)
    for each in found:
        each.extend([trees.constant(0.0)] * (longest - len(each)))
    return [tree for together in zip(*found, strict=True) for tree in together]


def _tree(one: dict[str, Any], scale: float, sizes: list[int]) -> Tree:
    if int(one["tree_param"].get("size_leaf_vector", 1)) > 1:
        raise wrong_outputs("trees whose leaves are vectors are not taken over")
    values = np.array(one["split_conditions"], np.float64)
    defaults = np.array(one["default_left"], np.int64) != 0
    return renumbered(
        Nodes(
            np.array(one["left_children"]),
            np.array(one["right_children"]),
            np.array(one["split_indices"]),
            singles.below(values),
            values * scale,
            defaults,
            _left_sets(one, sizes),
            one.get("sum_hessian"),
        )
    )


def _left_sets(one: dict[str, Any], sizes: list[int]) -> dict[int, list[int]]:
    """Return the codes that go left at each categorical node: those that its set does not name.

    The code after the last level is a missing one's, and goes where the node sends it.
    """
    found = {}
    starts, lengths = one["categories_segments"], one["categories_sizes"]
    for node, start, length in zip(one["categories_nodes"], starts, lengths, strict=True):
        size = sizes[int(one["split_indices"][node])]
        named = set(map(int, one["categories"][start : start + length]))
        absent = [size] if one["default_left"][node] else []
        found[int(node)] = [code for code in range(size) if code not in named] + absent
    return found
