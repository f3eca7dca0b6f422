"""V2 over HTTP: a body into a question, an answer into a body and headers.

Tensors are JSON, or bytes behind it where a header or a parameter says so (`codecs/binary.py`).
"""

from tenure.core.errors import TenureError, invalid
from tenure.serving import wire
from tenure.serving.codecs import binary
from tenure.serving.endpoints import Endpoint
from tenure.serving.inference import Answer, Inference, Question, Read
from tenure.serving.replies import (
    JSON,
    Receive,
    Send,
    body_of,
    refusal,
    reply,
    request_id_header,
)
from tenure.serving.routes import Headers, header

_BYTES = (b"content-type", b"application/octet-stream")


async def infer(
    inference: Inference,
    endpoint: Endpoint,
    version: str | None,
    headers: Headers,
    receive: Receive,
    send: Send,
) -> None:
    """Answer one request, or refuse it; both are logged and counted."""
    try:
        refuse_other_codings(headers)
        body = await body_of(receive, headers)
    except TenureError as error:
        await write(inference.refuse(endpoint, error), send)
        return
    read = reads(body, header(headers, binary.HEADER))
    await write(await inference.answer(endpoint, version, read, len(body)), send)


def reads(body: bytes, json_length: bytes | None = None) -> Read:
    """Return what reads this body. `json_length` is the text of the binary extension's header."""

    def read(question: Question) -> None:
        endpoint = question.endpoint
        if json_length is None:
            message = wire.decode(body)
        else:
            message = binary.decode(body, json_length, endpoint.rows.features)
        if message.id:
            question.call(message.id)
        question.wanted = endpoint.outputs.wanted(message)
        if message.parameters or message.outputs:
            question.binary = binary.wanted(message, question.wanted)
        question.rows = endpoint.rows.read(message, question.received_us)

    return read


async def write(answer: Answer, send: Send) -> None:
    """Send an answer, or its error in the protocol's shape."""
    request_id = answer.request_id
    if answer.error is not None:
        await refusal(send, answer.error, request_id if answer.is_named else None)
        return
    body, headers = written(answer)
    await reply(send, 200, body, headers)


def written(answer: Answer) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """Return a sound answer's body and the headers that say what it is."""
    endpoint = answer.endpoint
    tensors = endpoint.outputs.write(answer.wanted, answer.outputs)
    version = str(answer.arm.version)
    response = wire.InferResponse(endpoint.release.model_id, version, answer.request_id, tensors)
    named = (request_id_header(answer.request_id), (b"x-tenure-version", version.encode()))
    if not answer.binary:
        return wire.encode(response), (JSON, *named)
    body, json_length = binary.encode(response, answer.binary)
    return body, (_BYTES, (binary.HEADER, b"%d" % json_length), *named)


def refuse_other_codings(headers: Headers) -> None:
    """Raise `request.encoded`."""
    for name, value in headers:
        if name == b"content-encoding" and value.lower() != b"identity":
            raise invalid("request.encoded", "a compressed body is not read", hint="send it plain")
