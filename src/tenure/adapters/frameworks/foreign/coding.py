"""Levels of categories for graphs that take their codes: the maker says them beside the graph.

Two of the graph's metadata are read. `feature_names`: a JSON list, the columns of its one input in
order, or an object from input to such a list. `category_levels`: an object from column to levels,
the code being the place; what is missing or unseen has the code after the last.
"""

import json
from typing import Any

from tenure.adapters.frameworks import onnx
from tenure.adapters.frameworks.foreign.forests import needed
from tenure.adapters.frameworks.foreign.original import unreadable

Levels = dict[str, list[str]]
NAMES, LEVELS = "feature_names", "category_levels"
_MISSING, _ML = "\x00 missing", "ai.onnx.ml"


def names(model: Any, given: list[str]) -> dict[str, list[str]]:
    """Return the columns of each input whose columns are said; `given` are the inputs."""
    found = _said(model, NAMES)
    if isinstance(found, list) and len(given) == 1:
        found = {given[0]: found}
    if not isinstance(found or {}, dict) or not all(map(_is_texts, (found or {}).values())):
        raise unreadable("ONNX model", f"its metadata {NAMES} is no list of texts for each input")
    return found or {}


def levels(model: Any) -> Levels:
    """Return the levels that a graph's maker says."""
    found: Any = _said(model, LEVELS) or {}
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
    texts = tuple(name for name in columns if name in said)
    nodes, wired, given, parts = [], [], [], []
    if numbers:
        parts.append(f"{one.name}_numbers")
        given.append(make.make_tensor_value_info(parts[0], element, [None, len(numbers)]))
        wired.append(onnx.Input(parts[0], numbers, kind))
    for name in texts:
        place = f"{one.name}_{name}"
        given.append(make.make_tensor_value_info(place, types.STRING, [None, 1]))
        wired.append(onnx.Input(place, (name,), onnx.TEXT, missing=_MISSING))
        nodes += _code(make, place, said[name], element)
        parts.append(f"{place}_number")
    order = [(*numbers, *texts).index(name) for name in columns]
    model.graph.initializer.extend(
        [
            make.make_tensor(f"{one.name}_order", types.INT64, [len(order)], order),
            make.make_tensor(f"{one.name}_shape", types.INT64, [rank], [-1, len(order)][:rank]),
        ]
    )
    nodes += [
        make.make_node("Concat", parts, [f"{one.name}_parts"], axis=1),
        make.make_node(
            "Gather", [f"{one.name}_parts", f"{one.name}_order"], [f"{one.name}_table"], axis=1
        ),
        make.make_node("Reshape", [f"{one.name}_table", f"{one.name}_shape"], [one.name]),
    ]
    _replaced(model, one.name, given, nodes)
    if not any(each.domain == _ML for each in model.opset_import):
        model.opset_import.append(make.make_opsetid(_ML, 3))
    return wired


def _code(make: Any, place: str, levels: list[str], element: int) -> list[Any]:
    """Return the nodes that make a text its level's number, of the type that the graph takes."""
    known = [*levels, _MISSING]
    encoder = make.make_node(
        "LabelEncoder",
        [place],
        [f"{place}_code"],
        domain=_ML,
        keys_strings=known,
        values_int64s=list(range(len(known))),
        default_int64=len(known) - 1,
    )
    return [encoder, make.make_node("Cast", [f"{place}_code"], [f"{place}_number"], to=element)]


def _replaced(model: Any, name: str, given: list[Any], nodes: list[Any]) -> None:
    """Let these inputs and first nodes make what was an input."""
    kept = [*nodes, *model.graph.node]
    others = [each for each in model.graph.input if each.name != name]
    del model.graph.node[:]
    del model.graph.input[:]
    model.graph.node.extend(kept)
    model.graph.input.extend([*others, *given])


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
