"""scikit-learn by skl2onnx, and what an ONNX graph takes and gives."""

from typing import Any

from tenure.adapters.frameworks import onnx
from tenure.adapters.frameworks.foreign.estimator import Estimator
from tenure.adapters.frameworks.foreign.forests import needed
from tenure.adapters.frameworks.foreign.original import Files, wrong_outputs
from tenure.core.columns import ColumnType

_OPSETS = {"": 15, "ai.onnx.ml": 3}


def files(one: Estimator, missing: str) -> Files:
    """Return the files of the runtime `onnx`; raise `version.wrong_outputs` when it cannot be.

    `missing` stands for a missing text: an array of objects has NaN there, a graph some word.
    """
    needed("skl2onnx", "onnx")
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    texts = {c.name for c in one.columns if c.type is ColumnType.CATEGORY}
    by_name = _takes_columns(one.model)
    if by_name:
        kinds = [
            (c.name, (StringTensorType if c.name in texts else FloatTensorType)([None, 1]))
            for c in one.columns
        ]
    else:
        kinds = [("rows", FloatTensorType([None, len(one.columns)]))]
    try:
        graph = convert_sklearn(
            one.model, initial_types=kinds, options=_options(one.model), target_opset=_OPSETS
        )
    except Exception as error:  # the converters raise whatever comes to mind
        raise wrong_outputs(f"skl2onnx: {str(error).splitlines()[0][:200]}") from error
    wired = [
        onnx.Input(place, tuple(c.name for c in columns), kind, missing=missing)
        for place, columns, kind in _wires(one, texts, by_name=by_name)
    ]
    output = graph.graph.output[-1].name
    places = one.places[1:] if one.signature.width == 1 else one.places
    head = onnx.Head(tuple(wired), output, tuple(places))
    return {onnx.FILE: renamed(graph), onnx.HEAD: onnx.to_bytes(head)}


def _wires(one: Estimator, texts: set[str], *, by_name: bool) -> Any:
    if not by_name:
        yield "i0", one.columns, onnx.FLOAT
        return
    for place, column in enumerate(one.columns):
        yield f"i{place}", (column,), onnx.TEXT if column.name in texts else onnx.FLOAT


def _takes_columns(model: Any) -> bool:
    """Return whether the first step picks columns; every other one takes all side by side."""
    first = model.steps[0][1] if hasattr(model, "steps") else model
    return type(first).__name__ == "ColumnTransformer"


def _options(model: Any) -> dict[int, dict[str, object]]:
    """Ask for an array of probabilities, not a list of dictionaries."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    return {id(last): {"zipmap": False}} if hasattr(last, "predict_proba") else {}


def renamed(graph: Any) -> bytes:
    """Return the graph with inputs called i0, i1, … and without words of its maker."""
    names = {one.name: f"i{place}" for place, one in enumerate(graph.graph.input)}
    for one in graph.graph.input:
        one.name = names[one.name]
    for node in graph.graph.node:
        node.doc_string = ""
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)
    del graph.metadata_props[:]
    graph.doc_string = graph.graph.doc_string = ""
    data: bytes = graph.SerializeToString()
    return data
