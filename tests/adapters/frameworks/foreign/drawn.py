"""Small ONNX graphs, drawn by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Inputs = Mapping[str, tuple[int, Sequence[int | None]]]


def constant(name: str, values: Any) -> Any:
    return numpy_helper.from_array(np.asarray(values, np.float32), name)


def graph(
    inputs: Inputs,
    nodes: list[Any],
    constants: list[Any] | None = None,
    **metadata: str,
) -> Any:
    """Return a model with one output `prob` of one number a row."""
    given = [helper.make_tensor_value_info(name, *how) for name, how in inputs.items()]
    gives = helper.make_tensor_value_info("prob", TensorProto.FLOAT, [None, 1])
    whole = helper.make_graph(nodes, "drawn", given, [gives], constants or [])
    domains = {"": 18, "ai.onnx.ml": 3} | {node.domain: 1 for node in nodes if node.domain}
    opsets = [helper.make_opsetid(*one) for one in domains.items() if one[0] != "ai.onnx.ml"]
    model = helper.make_model(whole, opset_imports=[*opsets, helper.make_opsetid("ai.onnx.ml", 3)])
    model.ir_version = 9
    helper.set_model_props(model, metadata)
    return model


def weighted(weights: list[float], inputs: Inputs | None = None, **said: str) -> Any:
    """Return sigmoid(rows · weights) as a model."""
    nodes = [
        helper.make_node("MatMul", ["rows", "weights"], ["score"]),
        helper.make_node("Sigmoid", ["score"], ["prob"]),
    ]
    shape = inputs or {"rows": (TensorProto.FLOAT, [None, len(weights)])}
    return graph(shape, nodes, [constant("weights", np.array(weights)[:, None])], **said)


def file(model: Any) -> bytes:
    data: bytes = model.SerializeToString()
    return data


def external(name: str = "weights", location: str = "/etc/passwd") -> Any:
    """Return a tensor that keeps its values in a file of its own."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[2, 1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


__all__ = [
    "TensorProto",
    "constant",
    "external",
    "file",
    "graph",
    "helper",
    "onnx",
    "weighted",
]
