"""scikit-learn by skl2onnx, and what an ONNX graph takes and gives."""

import copy
from typing import Any

import numpy as np

from tenure.adapters.frameworks import onnx
from tenure.adapters.frameworks.foreign.estimator import Estimator
from tenure.adapters.frameworks.foreign.folding import steps_of
from tenure.adapters.frameworks.foreign.forests import needed
from tenure.adapters.frameworks.foreign.original import Files, wrong_outputs
from tenure.core.columns import ColumnType

_OPSETS = {"": 18, "ai.onnx.ml": 3}


def files(one: Estimator, missing: str) -> Files:
    """Return the files of the runtime `onnx`; raise `version.wrong_outputs` when it cannot be.

    `missing` stands for a missing text: an array of objects has NaN there, a graph some word.
    """
    needed("skl2onnx", "onnx")
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    texts = {c.name for c in one.columns if c.type is ColumnType.CATEGORY}
    if _takes_columns(one.model):
        kinds = [
            (c.name, (StringTensorType if c.name in texts else FloatTensorType)([None, 1]))
            for c in one.columns
        ]
        wired = [
            onnx.Input(c.name, (c.name,), onnx.TEXT if c.name in texts else onnx.FLOAT, 2, missing)
            for c in one.columns
        ]
    else:
        kinds = matrix_of(len(one.columns))
        wired = [onnx.Input(kinds[0][0], tuple(c.name for c in one.columns), onnx.FLOAT)]
    made = graph(spelled(one.model, missing), kinds)
    places = one.places[1:] if one.signature.width == 1 else one.places
    head = onnx.Head(tuple(wired), made.graph.output[-1].name, tuple(places))
    return {onnx.FILE: cleaned(made), onnx.HEAD: onnx.to_bytes(head)}


def matrix_of(width: int) -> list[tuple[str, Any]]:
    """Return the one input of a graph that takes all its numbers side by side."""
    needed("skl2onnx", "onnx")
    from skl2onnx.common.data_types import FloatTensorType

    return [("rows", FloatTensorType([None, width]))]


def graph(model: Any, kinds: list[tuple[str, Any]]) -> Any:
    """Return the graph of a fitted model; raise `version.wrong_outputs`."""
    from skl2onnx import convert_sklearn

    try:
        return convert_sklearn(
            model, initial_types=kinds, options=_options(model), target_opset=_OPSETS
        )
    except Exception as error:  # the converters raise whatever comes to mind
        said = str(error).splitlines() or [type(error).__name__]
        raise wrong_outputs(f"skl2onnx: {said[0][:200]}") from error


def spelled(model: Any, missing: str) -> Any:
    """Return the model with the settings that skl2onnx knows for what it does.

    It imputes texts only when the missing one is a word, and bins only into dense columns.
    """
    again = copy.deepcopy(model)
    for step in steps_of(again):
        name = type(step).__name__
        if name == "SimpleImputer" and np.asarray(step.statistics_).dtype == object:
            step.missing_values = missing
        if name == "KBinsDiscretizer" and step.encode == "onehot":
            step.encode = "onehot-dense"
        if name == "VotingClassifier":
            step.flatten_transform = False
    return again


def _takes_columns(model: Any) -> bool:
    """Return whether the first step picks columns; every other one takes all side by side."""
    first = model.steps[0][1] if hasattr(model, "steps") else model
    return type(first).__name__ == "ColumnTransformer"


def _options(model: Any) -> dict[int, dict[str, object]]:
    """Ask for an array of probabilities, not a list of dictionaries."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    return {id(last): {"zipmap": False}} if hasattr(last, "predict_proba") else {}


def cleaned(model: Any) -> bytes:
    """Return the graph without words of its maker."""
    for node in model.graph.node:
        node.doc_string = ""
    del model.metadata_props[:]
    model.doc_string = model.graph.doc_string = ""
    data: bytes = model.SerializeToString()
    return data
