"""ONNX files from elsewhere: which columns go in, which numbers come out."""

from typing import Any

import pyarrow as pa

from tenure.adapters.frameworks import onnx
from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.foreign.converted import renamed
from tenure.adapters.frameworks.foreign.forests import needed
from tenure.adapters.frameworks.foreign.original import (
    Candidate,
    Original,
    inputs,
    unreadable,
    wrong_inputs,
    wrong_outputs,
)
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature

_KINDS = {1: onnx.FLOAT, 11: onnx.DOUBLE, 7: onnx.WHOLE, 9: onnx.TRUTH, 8: onnx.TEXT}
_NUMBERS = (1, 11)
_PROBABLE = ("prob", "score")
_EXTERNAL = 1  # TensorProto.EXTERNAL


def opened(data: bytes, signature: Signature) -> Original:
    """Open an ONNX graph; raise `version.unreadable`, `version.wrong_inputs`, `….wrong_outputs`."""
    library = needed("onnx", "onnx")
    try:
        graph = library.load_model_from_string(data)
        library.checker.check_model(graph)
    except Exception as error:  # protobuf and the checker share no class of errors
        raise unreadable("ONNX model", str(error)) from error
    if any(one.data_location == _EXTERNAL for one in graph.graph.initializer):
        raise unreadable("whole ONNX model", "its weights lie in other files; save it as one file")
    wired = tuple(_wired(graph, signature))
    head = onnx.Head(wired, *_output(graph, signature))
    files = {onnx.FILE: renamed(graph), onnx.HEAD: onnx.to_bytes(head)}
    try:
        predictor = onnx.load(files, signature)
    except TenureError as error:
        raise unreadable("ONNX model", error.message) from error

    def answer(table: pa.Table) -> Floats:
        return predictor.predict_table(table)

    runtime = needed("onnxruntime", "onnx")
    return Original(
        f"onnxruntime {runtime.__version__}", answer, (Candidate(onnx.NAME, lambda: files),)
    )


def _wired(graph: Any, signature: Signature) -> Any:
    """Yield the inputs: each one column by name, or one of them all features side by side."""
    weights = {one.name for one in graph.graph.initializer}
    given = [one for one in graph.graph.input if one.name not in weights]
    known = {column.name for column in signature.features}
    if len(given) == 1 and given[0].name not in known:
        columns = inputs(None, _width(given[0]), signature)
        yield _input(0, given[0], columns)
        return
    named = inputs([one.name for one in given], len(given), signature)
    for place, (one, column) in enumerate(zip(given, named, strict=True)):
        yield _input(place, one, (column,))


def _input(place: int, one: Any, columns: tuple[Column, ...]) -> onnx.Input:
    tensor = one.type.tensor_type
    kind = _KINDS.get(tensor.elem_type)
    if kind is None:
        raise wrong_inputs(f"input {one.name!r} has a type that no column of ours has")
    for column in columns:
        if (column.type is ColumnType.CATEGORY) is not (kind == onnx.TEXT):
            raise wrong_inputs(
                f"input {one.name!r} takes {kind}, {column.name!r} is a {column.type}",
                "let the graph take the columns as the data has them",
            )
    return onnx.Input(f"i{place}", tuple(c.name for c in columns), kind, len(tensor.shape.dim))


def _width(one: Any) -> int:
    dims = one.type.tensor_type.shape.dim
    if len(dims) != 2:  # noqa: PLR2004  # rows, features
        raise wrong_inputs(f"input {one.name!r} is no table of [rows, features]")
    return int(dims[1].dim_value)


def _output(graph: Any, signature: Signature) -> tuple[str, tuple[int, ...]]:
    """Return the output that holds the numbers, and which of its columns they are."""
    tensors = [one for one in graph.graph.output if one.type.tensor_type.elem_type in _NUMBERS]
    if signature.task is not Task.REGRESSION:
        likely = [one for one in tensors if any(word in one.name.lower() for word in _PROBABLE)]
        tensors = likely or tensors
    if not tensors:
        raise wrong_outputs(
            "the graph gives no array of numbers", "convert it with options = {'zipmap': False}"
        )
    dims = tensors[0].type.tensor_type.shape.dim
    width = int(dims[1].dim_value) if len(dims) > 1 else 1
    if signature.task is Task.BINARY and width == 2:  # noqa: PLR2004  # both classes' shares
        return tensors[0].name, (1,)
    if width not in {signature.width, 0}:
        raise wrong_outputs(
            f"the graph gives {width} numbers a row, this target has {signature.width}"
        )
    return tensors[0].name, ()
