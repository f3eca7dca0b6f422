"""`…/models/{model}/invocations`: MLflow's scoring protocol over the same inference.

It has no place for a request's id: `X-Request-Id` names it, as answers do.
"""

from tenure.core.errors import invalid
from tenure.serving.codecs import scoring, tables
from tenure.serving.columns import shown
from tenure.serving.exchange import Codec
from tenure.serving.questions import Answer, Question, Read
from tenure.serving.replies import JSON, Reply, refused, request_id_header
from tenure.serving.routes import Headers, header

_CSV = b"text/csv"
_READERS = {b"application/json": scoring.decode, _CSV: scoring.decode_csv}


def reads(body: bytes, headers: Headers) -> Read:
    """Return what reads this body."""

    def read(question: Question) -> None:
        request_id = header(headers, b"x-request-id")
        if request_id:
            question.call(request_id.decode("utf-8", "replace"))
        kind = _media(header(headers, b"content-type") or b"application/json")
        if kind not in _READERS:
            raise invalid(
                "request.media_type",
                f"{shown(kind.decode('ascii', 'replace'))} is not read here",
                hint="send application/json or text/csv",
            )
        reader = question.endpoint.rows
        message = _READERS[kind](body, reader.features)
        question.wanted = question.endpoint.outputs.wanted(message)
        question.rows = reader.read(message, question.received_us)

    return read


def reply_to(answer: Answer, headers: Headers) -> Reply:
    """Return the predictions in JSON, or in CSV when that is what `Accept` asks for first."""
    if answer.error is not None:
        return refused(answer.error, answer.request_id if answer.is_named else None)
    endpoint = answer.endpoint
    outputs = endpoint.outputs.write(answer.wanted, answer.outputs)
    version = (b"x-tenure-version", b"%d" % answer.arm.version)
    named = (request_id_header(answer.request_id), version, *endpoint.notices)
    if _wants_csv(header(headers, b"accept") or b""):
        body = tables.csv_of(outputs, endpoint.release.signature.classes)
        return Reply(200, body, ((b"content-type", b"text/csv; charset=utf-8"), *named))
    return Reply(200, scoring.encode(outputs), (JSON, *named))


CODEC = Codec(reads, reply_to)


def _wants_csv(accept: bytes) -> bool:
    kinds = [_media(kind) for kind in accept.split(b",")]
    return next((kind for kind in kinds if kind in _READERS or kind == b"*/*"), None) == _CSV


def _media(value: bytes) -> bytes:
    return value.split(b";")[0].strip().lower()
