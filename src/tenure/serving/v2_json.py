"""V2 over HTTP with JSON tensors: a body into a question, an answer into a body and headers."""

from tenure.core.errors import TenureError, invalid
from tenure.serving import wire
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
from tenure.serving.routes import Headers


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
    await write(await inference.answer(endpoint, version, reads(body), len(body)), send)


def reads(body: bytes) -> Read:
    """Return what reads this body."""

    def read(question: Question) -> None:
        message = wire.decode(body)
        if message.id:
            question.call(message.id)
        endpoint = question.endpoint
        question.wanted = endpoint.outputs.wanted(message)
        question.rows = endpoint.rows.read(message, question.received_us)

    return read


async def write(answer: Answer, send: Send) -> None:
    """Send an answer, or its error in the protocol's shape."""
    request_id = answer.request_id
    if answer.error is not None:
        await refusal(send, answer.error, request_id if answer.is_named else None)
        return
    version = str(answer.arm.version)
    headers = (JSON, request_id_header(request_id), (b"x-tenure-version", version.encode()))
    await reply(send, 200, body_for(answer), headers)


def body_for(answer: Answer) -> bytes:
    """Return a sound answer's body."""
    endpoint = answer.endpoint
    tensors = endpoint.outputs.write(answer.wanted, answer.outputs)
    version = str(answer.arm.version)
    return wire.encode(
        wire.InferResponse(endpoint.release.model_id, version, answer.request_id, tensors)
    )


def refuse_other_codings(headers: Headers) -> None:
    """Raise `request.encoded` or `request.binary`."""
    for name, value in headers:
        if name == b"content-encoding" and value.lower() != b"identity":
            raise invalid("request.encoded", "a compressed body is not read", hint="send it plain")
        if name == b"inference-header-content-length":
            raise invalid(
                "request.binary",
                "binary tensors are not read",
                hint="send `data` as JSON; clients call it binary_data=False",
            )
