"""The runtime `onnx`: a graph that ONNX Runtime answers with, and how columns become its inputs."""

import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import encode
from tenure.adapters.frameworks.encode import Floats, broken
from tenure.core.errors import invalid
from tenure.core.signatures import Signature

NAME = "onnx"
FILE = "model.onnx"
HEAD = "onnx.json"
FLOAT, DOUBLE, SHORT, WHOLE, TRUTH, TEXT = "float", "double", "int32", "int64", "bool", "string"
TYPES: dict[str, Any] = {
    FLOAT: np.float32,
    DOUBLE: np.float64,
    SHORT: np.int32,
    WHOLE: np.int64,
    TRUTH: np.bool_,
    TEXT: np.object_,
}
_MATRIX = 2


class Input(msgspec.Struct, frozen=True):
    """One input of the graph: which features it holds side by side, and of which type."""

    name: str
    features: tuple[str, ...]
    kind: str
    rank: int = _MATRIX
    missing: str = ""  # the text that stands for a missing one


class Head(msgspec.Struct, frozen=True):
    """What goes in and what comes out. `places` pick the output's columns; none takes them all."""

    inputs: tuple[Input, ...]
    output: str
    places: tuple[int, ...] = ()
    format: int = 1


def to_bytes(head: Head) -> bytes:
    return msgspec.json.encode(head, order="deterministic")


def load(files: dict[str, bytes], signature: Signature) -> "OnnxPredictor":
    """Return a warm predictor; raise `runtime.broken_files`, `runtime.not_installed`."""
    head = encode.decoded(files, HEAD, Head)
    if FILE not in files:
        raise broken(FILE, "the file is missing")
    unknown = {one.kind for one in head.inputs} - set(TYPES)
    if unknown or head.format != 1:
        raise broken(HEAD, f"inputs of the type {', '.join(sorted(unknown))} are not known")
    return OnnxPredictor(session(files[FILE]), head, signature.width)


def session(graph: bytes) -> Any:
    """Return a session that computes in one thread and reads no file."""
    if b"location" in graph and names_files(_parsed(graph)):
        raise broken(FILE, "a graph that refers to other files is not loaded")
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise invalid(
            "runtime.not_installed",
            "ONNX Runtime is not installed where the model is answered",
            hint="pip install 'tenure[onnx]'",
        ) from error
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with contextlib.suppress(AttributeError):
        ort.disable_telemetry_events()
    try:
        return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own errors share no class
        raise broken(FILE, str(error)[:300]) from error


def names_files(message: Any) -> bool:
    """Return whether any tensor in a graph keeps its values in a file of its own."""
    if type(message).__name__ == "TensorProto":
        return bool(message.external_data) or message.data_location != 0
    return any(
        names_files(one)
        for field, value in message.ListFields()
        if field.message_type is not None
        for one in (value if hasattr(value, "__len__") else [value])
    )


def _parsed(graph: bytes) -> Any:
    """Return a graph as messages: only for one that holds the word that names files."""
    try:
        import onnx

        return onnx.load_model_from_string(graph)
    except Exception as error:  # not installed, or no graph: not loaded either way
        raise broken(FILE, "a graph that may refer to other files cannot be checked") from error


class OnnxPredictor:
    """A loaded version."""

    def __init__(self, opened: Any, head: Head, width: int) -> None:
        self._run: Callable[..., Any] = opened.run
        self._outputs = [head.output]
        self._inputs = head.inputs
        self._places = list(head.places)
        self._width = width

    def predict(self, columns: dict[str, list[Any]], rows: int) -> list[list[float]]:
        fed = {one.name: _given(one, columns, rows) for one in self._inputs}
        answered: list[list[float]] = self._answer(fed, rows).tolist()
        return answered

    def predict_table(self, table: pa.Table) -> Floats:
        """Return the outputs of an Arrow table, [rows, width]."""
        columns = {
            name: table.column(name).to_pylist() for one in self._inputs for name in one.features
        }
        fed = {one.name: _given(one, columns, table.num_rows) for one in self._inputs}
        return self._answer(fed, table.num_rows)

    def _answer(self, fed: dict[str, Any], rows: int) -> Floats:
        found = np.asarray(self._run(self._outputs, fed)[0], np.float64).reshape(rows, -1)
        return found[:, self._places] if self._places else found


def _given(one: Input, columns: dict[str, list[Any]], rows: int) -> Any:
    if one.kind == TEXT:
        values = [[one.missing if v is None else v for v in columns[name]] for name in one.features]
        array = np.array(values, dtype=object).T
    else:
        # numpy turns None into NaN when it is told to make floats
        array = np.array([columns[name] for name in one.features], np.float64).T
        array = array.astype(TYPES[one.kind])
    return array if one.rank == _MATRIX else array.reshape(rows)
