"""V2 over HTTP: a body into a question, an answer into a body and headers.

Tensors are JSON, or bytes behind it where a header or a parameter says so (`codecs/binary.py`).
"""

from tenure.serving import wire
from tenure.serving.codecs import binary
from tenure.serving.exchange import Codec
from tenure.serving.questions import Answer, Question, Read
from tenure.serving.replies import JSON, Reply, refused, request_id_header
from tenure.serving.routes import header

_BYTES = (b"content-type", b"application/octet-stream")


def reads(body: bytes, json_length: bytes | None = None) -> Read:
    """Return what reads this body. `json_length` is the text of the binary extension's header."""

    def read(question: Question) -> None:
        endpoint = question.endpoint
        reader = endpoint.rows
        if json_length is not None:
            message = binary.decode(body, json_length, reader.features)
        elif reader.hopeful and (floats := wire.decode_floats(body)) is not None:
            rows = reader.read_floats(floats)
            if rows is not None:
                _name(question, floats)
                question.rows = rows
                return
            message = wire.decode(body)
        else:
            message = wire.decode(body)
        _name(question, message)
        question.rows = reader.read(message, question.received_us)

    return read


def _name(question: Question, message: wire.InferRequest) -> None:
    if message.id:
        question.call(message.id)
    question.wanted = question.endpoint.outputs.wanted(message)
    if message.parameters or message.outputs:
        question.binary = binary.wanted(message, question.wanted)


def reply_to(answer: Answer) -> Reply:
    """Return an answer, or its error, in the protocol's shape."""
    request_id = answer.request_id
    if answer.error is not None:
        return refused(answer.error, request_id if answer.is_named else None)
    return Reply(200, *written(answer))


def written(answer: Answer) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """Return a sound answer's body and the headers that say what it is."""
    endpoint = answer.endpoint
    tensors = endpoint.outputs.write(answer.wanted, answer.outputs)
    version = str(answer.arm.version)
    response = wire.InferResponse(endpoint.release.model_id, version, answer.request_id, tensors)
    said = (request_id_header(answer.request_id), (b"x-tenure-version", version.encode()))
    named = (*said, *endpoint.notices)
    if not answer.binary:
        return wire.encode(response), (JSON, *named)
    body, json_length = binary.encode(response, answer.binary)
    return body, (_BYTES, (binary.HEADER, b"%d" % json_length), *named)


CODEC = Codec(
    lambda body, headers: reads(body, header(headers, binary.HEADER)),
    lambda answer, _: reply_to(answer),
)
