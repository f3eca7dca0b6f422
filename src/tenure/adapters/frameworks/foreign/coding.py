"""Levels of categories for graphs that take their codes: the maker says them beside the graph.

Two of the graph's metadata are read. `feature_names`: a JSON list, the columns of its one input in
order. `category_levels`: a JSON object from column to levels, the code being the place; what is
missing or unseen has the code after the last.
"""

import json
from typing import Any

from tenure.adapters.frameworks import onnx
from tenure.adapters.frameworks.foreign.forests import needed
from tenure.adapters.frameworks.foreign.original import unreadable

Levels = dict[str, list[str]]
_MISSING = "\x00 missing"


def names(model: Any) -> list[str] | None:
    """Return the columns of a graph's one input; None when nobody says them."""
    found: list[str] | None = _said(model, "feature_names")
    if found is not None and not _is_texts(found):
        raise unreadable("ONNX model", "its metadata feature_names is no list of texts")
    return found


def levels(model: Any) -> Levels:
    """Return the levels that a graph's maker says."""
    found: Any = _said(model, "category_levels") or {}
    if not isinstance(found, dict) or not all(map(_is_texts, found.values())):
        raise unreadable(
            "ONNX model", "its metadata category_levels is no object of lists of texts"
        )
    return found


def coded(model: Any, one: Any, columns: tuple[str, ...], said: Levels, kind: str) -> list[Any]:
    """Put the coding of levels before an input; return what the graph then takes in its place."""
    make, types = needed("onnx", "onnx").helper, needed("onnx", "onnx").TensorProto
    element, rank = one.type.tensor_type.elem_type, len(one.type.tensor_type.shape.dim)
    numbers = tuple(name for name in columns if name not in said)
    nodes, parts, wired, given = [], [], [], []
    if numbers:
        place = f"{one.name}_numbers"
        given.append(make.make_tensor_value_info(place, element, [None, len(numbers)]))
        wired.append(onnx.Input(place, numbers, kind))
        parts.append(place)
    for name in columns:
        if name not in said:
            continue
        place, known = f"{one.name}_{name}", [*said[name], _MISSING]
        given.append(make.make_tensor_value_info(place, types.STRING, [None, 1]))
        wired.append(onnx.Input(place, (name,), onnx.TEXT, missing=_MISSING))
        codes = {"keys_strings": known, "values_int64s": list(range(len(known)))}
        nodes += [
            make.make_node(
                "LabelEncoder",
                [place],
                [f"{place}_code"],
                domain="ai.onnx.ml",
                default_int64=len(known) - 1,
                **codes,
            ),
            make.make_node("Cast", [f"{place}_code"], [f"{place}_number"], to=element),
        ]
        parts.append(f"{place}_number")
    order = [[*numbers, *(n for n in columns if n in said)].index(name) for name in columns]
    model.graph.initializer.append(
        make.make_tensor(f"{one.name}_order", types.INT64, [len(order)], order)
    )
    model.graph.initializer.append(make.make_tensor(f"{one.name}_shape", types.INT64, [1], [-1]))
    nodes.append(make.make_node("Concat", parts, [f"{one.name}_parts"], axis=1))
    whole = one.name if rank != 1 else f"{one.name}_table"
    nodes.append(
        make.make_node("Gather", [f"{one.name}_parts", f"{one.name}_order"], [whole], axis=1)
    )
    if rank == 1:
        nodes.append(make.make_node("Reshape", [whole, f"{one.name}_shape"], [one.name]))
    kept = [*nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    others = [each for each in model.graph.input if each.name != one.name]
    del model.graph.input[:]
    model.graph.input.extend([*others, *given])
    if not any(each.domain == "ai.onnx.ml" for each in model.opset_import):
        model.opset_import.append(make.make_opsetid("ai.onnx.ml", 3))
    return wired


def _said(model: Any, key: str) -> Any:
    found = next((one.value for one in model.metadata_props if one.key == key), None)
    if found is None:
        return None
    try:
        return json.loads(found)
    except ValueError as error:
        raise unreadable("ONNX model", f"its metadata {key} is no JSON") from error


def _is_texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)
