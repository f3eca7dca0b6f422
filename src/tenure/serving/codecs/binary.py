"""The binary tensor extension of V2 over HTTP: JSON first, then the tensors' bytes in order.

`Inference-Header-Content-Length` tells where the JSON ends, `binary_data_size` how many bytes each
tensor has. An answer is binary where `binary_data` of an output, else `binary_data_output`, says so.
"""

import msgspec

from tenure.core.errors import TenureError, invalid
from tenure.serving import wire
from tenure.serving.codecs import elements
from tenure.serving.columns import ColumnReader, shown
from tenure.serving.wire import InferRequest, InferResponse, OutputTensor, Tensor

HEADER = b"inference-header-content-length"
EXTENSION = "binary_tensor_data"
_SIZE = "binary_data_size"
_HINT = "the tensors' bytes follow the JSON in the order of `inputs`, without gaps"


class _Binary(msgspec.Struct, gc=False):
    """An output whose values come after the JSON."""

    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, int]


class _Reply(msgspec.Struct, gc=False):
    model_name: str
    model_version: str
    id: str
    outputs: list[OutputTensor | _Binary]


def decode(body: bytes, length: bytes, features: dict[str, ColumnReader]) -> InferRequest:
    """Return the request with every tensor's values; `length` is the header's text."""
    at = _json_length(length, len(body))
    message = wire.decode(body[:at])
    for tensor in message.inputs:
        size = _size(tensor)
        if size is None:
            continue
        if size > len(body) - at:
            left = len(body) - at
            raise _refused(
                f"input {shown(tensor.name)}: {_SIZE} is {shown(size)}, and {left} bytes are left"
            )
        raw = body[at : at + size]
        at += size
        tensor.data = elements.read(tensor.name, tensor.shape, tensor.datatype, raw)
        reader = features.get(tensor.name)
        if tensor.datatype == "BYTES" and reader is not None and reader.blank_is_null:
            tensor.data = [text or None for text in tensor.data]
    if at != len(body):
        raise _refused(f"{len(body) - at} bytes are left over after the last tensor")
    return message


def wanted(message: InferRequest, names: list[str]) -> frozenset[str]:
    """Return which of the outputs `names` are to be answered in binary."""
    by_default = _flag(message.parameters, "binary_data_output")
    if by_default is None and not message.outputs:
        return frozenset()
    said = {
        output.name: flag
        for output in message.outputs or ()
        if (flag := _flag(output.parameters, "binary_data")) is not None
    }
    return frozenset(name for name in names if said.get(name, by_default or False))


def encode(response: InferResponse, binary: frozenset[str]) -> tuple[bytes, int]:
    """Return the body, and how many bytes of it are the JSON."""
    outputs: list[OutputTensor | _Binary] = []
    tail: list[bytes] = []
    for output in response.outputs:
        if output.name in binary:
            raw = elements.write(output.datatype, output.data)
            outputs.append(_Binary(output.name, output.shape, output.datatype, {_SIZE: len(raw)}))
            tail.append(raw)
        else:
            outputs.append(output)
    head = wire.encode(_Reply(response.model_name, response.model_version, response.id, outputs))
    return b"".join((head, *tail)), len(head)


def _json_length(text: bytes, whole: int) -> int:
    if not text.isdigit() or len(text) > 12:  # noqa: PLR2004  # far beyond the largest body
        raise _refused("Inference-Header-Content-Length is the number of bytes of the JSON part")
    if int(text) > whole:
        raise _refused(
            f"Inference-Header-Content-Length is {int(text)}, and the body has {whole} bytes"
        )
    return int(text)


def _size(tensor: Tensor) -> int | None:
    size = (tensor.parameters or {}).get(_SIZE)
    if size is None:
        return None
    if type(size) is not int or size < 0:
        raise _refused(f"input {shown(tensor.name)}: {_SIZE} {shown(size)}: a number of bytes")
    if tensor.data:
        raise _refused(f"input {shown(tensor.name)} has both `data` and {_SIZE}")
    return size


def _flag(parameters: wire.Parameters | None, name: str) -> bool | None:
    value = (parameters or {}).get(name)
    if value is not None and type(value) is not bool:
        raise invalid("request.bad_parameter", f"{name} {shown(value)}: true or false")
    return value


def _refused(why: str) -> TenureError:
    return invalid("request.bad_binary", why, hint=_HINT)
