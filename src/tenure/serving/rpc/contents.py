"""V2 over gRPC: messages as typed requests, answers as messages.

Tensors come in the typed field of their datatype or raw, as in the binary extension; they are
answered as they came.
"""

from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from tenure.core.errors import TenureError, invalid
from tenure.serving.codecs import elements
from tenure.serving.columns import DATATYPES, ColumnReader, shown
from tenure.serving.rpc.open_inference_pb2 import (
    InferTensorContents,
    ModelInferRequest,
    ModelInferResponse,
)
from tenure.serving.wire import InferRequest, InferResponse, OutputTensor, Tensor, Wanted

FIELDS = {
    "BOOL": "bool_contents",
    **{f"INT{bits}": "int_contents" for bits in (8, 16, 32)},
    "INT64": "int64_contents",
    **{f"UINT{bits}": "uint_contents" for bits in (8, 16, 32)},
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}
_FLOATS = frozenset({"FP32", "FP64"})


def parse(kind: Any, content: bytes) -> Any:
    """Return the message of a class; raise `request.malformed`."""
    try:
        return kind.FromString(content)
    except DecodeError as error:
        raise invalid("request.malformed", f"the message is no {kind.__name__}: {error}") from None


def request_of(message: ModelInferRequest, features: dict[str, ColumnReader]) -> InferRequest:
    """Return the request with every tensor's values."""
    raw = message.raw_input_contents
    if raw and len(raw) != len(message.inputs):
        raise _refused(f"{len(message.inputs)} inputs, and {len(raw)} raw_input_contents")
    tensors = []
    for place, given in enumerate(message.inputs):
        name, shape, datatype = given.name, list(given.shape), given.datatype
        if raw and given.HasField("contents"):
            raise _refused(f"input {shown(name)} has both contents and raw_input_contents")
        if raw:
            data = elements.read(name, shape, datatype, raw[place])
        else:
            data = _contents(name, datatype, given.contents)
        reader = features.get(name)
        if datatype == "BYTES" and reader is not None and reader.blank_is_null:
            data = [text or None for text in data]
        tensors.append(Tensor(name, shape, datatype, data))
    outputs = [Wanted(output.name) for output in message.outputs]
    return InferRequest(tensors, message.id or None, None, outputs or None)


def response_of(response: InferResponse, *, raw: bool) -> ModelInferResponse:
    """Return an answer with raw or with typed contents."""
    message = ModelInferResponse(
        model_name=response.model_name, model_version=response.model_version, id=response.id
    )
    for output in response.outputs:
        contents = None if raw else _typed(output)
        message.outputs.add(
            name=output.name, shape=output.shape, datatype=output.datatype, contents=contents
        )
        if raw:
            message.raw_output_contents.append(elements.write(output.datatype, output.data))
    return message


def _contents(name: str, datatype: str, contents: InferTensorContents) -> list[Any]:
    field = FIELDS.get(datatype)
    if field is None:
        known = datatype in DATATYPES
        why = "is sent in raw_input_contents" if known else "is not a datatype that is read"
        raise _refused(f"input {shown(name)}: {shown(datatype)} {why}")
    values = list(getattr(contents, field))
    if datatype in _FLOATS:
        return elements.present(name, np.asarray(values))
    return elements.text(name, values) if datatype == "BYTES" else values


def _typed(output: OutputTensor) -> InferTensorContents:
    values = output.data
    if output.datatype == "BYTES":
        values = [str(value).encode() for value in values]
    return InferTensorContents(**{FIELDS[output.datatype]: values})


def _refused(why: str) -> TenureError:
    return invalid("request.bad_contents", why)
