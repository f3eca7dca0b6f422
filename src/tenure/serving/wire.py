"""The Open Inference Protocol V2 on the wire: typed requests in, typed answers out.

Decoding refuses what is not the protocol; whether the tensors fit a model is `rows.py`'s business.
"""

from typing import Any

import msgspec

from tenure import decoders
from tenure.core.errors import TenureError, invalid

Parameters = dict[str, str | int | float | bool]


class Tensor(msgspec.Struct, gc=False):
    """One input. `data` is flat or nested, row-major."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any] = msgspec.field(default_factory=list)
    parameters: Parameters | None = None


class Wanted(msgspec.Struct, gc=False):
    """A requested output."""

    name: str
    parameters: Parameters | None = None


class InferRequest(msgspec.Struct, gc=False):
    """The body of an inference request."""

    inputs: list[Tensor]
    id: str | None = None
    parameters: Parameters | None = None
    outputs: list[Wanted] | None = None


class FloatTensor(Tensor, gc=False):
    """An input of plain floats: JSON is checked and read in one go."""

    data: list[float]


class FloatRequest(InferRequest, gc=False):
    """A request without text, null, true, false or nested lists."""

    inputs: list[FloatTensor]  # type: ignore[assignment]  # narrower on purpose


class OutputTensor(msgspec.Struct, gc=False):
    """One output."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]


class InferResponse(msgspec.Struct, gc=False):
    """The body of an answer."""

    model_name: str
    model_version: str
    id: str
    outputs: list[OutputTensor]


class ExplainResponse(msgspec.Struct, gc=False):
    """The body of an explanation. `parameters` name its method and its link."""

    model_name: str
    model_version: str
    id: str
    parameters: Parameters
    outputs: list[OutputTensor]


_REQUESTS = decoders.of_json(InferRequest)
_FLOATS = decoders.of_json(FloatRequest)
_ENCODER = msgspec.json.Encoder()
encode = _ENCODER.encode


def decode(body: bytes) -> InferRequest:
    """Return the request; raise `request.malformed` with the place of the mistake."""
    try:
        return _REQUESTS.decode(body)
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(body, str(error)) from None
    except RecursionError:
        raise _malformed("data is nested too deeply") from None


def decode_floats(body: bytes) -> FloatRequest | None:
    """Return the request when it is one; None when `decode` has to look."""
    try:
        return _FLOATS.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _malformed(why: str) -> TenureError:
    return invalid("request.malformed", f"the body is not a V2 inference request: {why}")


def _not_json(body: bytes, why: str) -> TenureError:
    """Name the commonest cause: many languages write NaN, which JSON does not have."""
    if not body:
        return invalid("request.malformed", "the body is empty; a JSON object was expected")
    if b"NaN" in body or b"Infinity" in body:
        return invalid(
            "request.not_finite",
            "the body holds NaN or Infinity, which JSON does not have",
            hint="send null for a missing value",
        )
    return invalid("request.malformed", f"the body is not JSON: {why}")
