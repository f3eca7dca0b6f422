"""One inference over HTTP, whatever its bodies look like: a codec says how they are read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tenure.core.errors import TenureError, invalid
from tenure.serving.endpoints import Endpoint
from tenure.serving.limits import check_size
from tenure.serving.questions import Answer, Read
from tenure.serving.replies import Receive, Reply, Send, body_of, declared_length, send_reply
from tenure.serving.routes import Headers
from tenure.serving.telemetry import Seen
from tenure.serving.tracing import Trace


@dataclass(frozen=True, slots=True)
class Codec:
    """How a body becomes a question, and an answer or its error a reply."""

    reads: Callable[[bytes, Headers], Read]
    reply_to: Callable[[Answer, Headers], Reply]


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, its body still to come."""

    headers: Headers
    receive: Receive
    send: Send
    seen: Seen
    trace: Trace | None = None


class Answering(Protocol):
    """Who answers questions to an endpoint, and counts those that could not even be taken in."""

    async def answer(
        self,
        endpoint: Endpoint,
        version: str | None,
        read: Read,
        size: int,
        trace: Trace | None = None,
    ) -> Answer:
        """Answer a body of `size` bytes; `version` pins one of the endpoint's."""
        ...

    def refuse(self, endpoint: Endpoint, error: TenureError, trace: Trace | None = None) -> Answer:
        """Return the refusal as an answer."""
        ...


async def exchange(
    answering: Answering, endpoint: Endpoint, version: str | None, call: Call, codec: Codec
) -> None:
    """Answer one request, or refuse it; both are counted."""
    try:
        _refuse_other_codings(call.headers)
        check_size(endpoint.allowances, declared_length(call.headers))
        body = await body_of(call.receive, call.headers)
    except TenureError as error:
        answer = answering.refuse(endpoint, error, call.trace)
    else:
        read = codec.reads(body, call.headers)
        answer = await answering.answer(endpoint, version, read, len(body), call.trace)
    call.seen.answer = answer
    await send_reply(call.send, traced(codec.reply_to(answer, call.headers), call.trace))


def traced(reply: Reply, trace: Trace | None) -> Reply:
    """Return the reply, with the trace that its span belongs to."""
    if trace is None or trace.response is None:
        return reply
    return reply._replace(headers=(*reply.headers, trace.response))


def _refuse_other_codings(headers: Headers) -> None:
    for name, value in headers:
        if name == b"content-encoding" and value.lower() != b"identity":
            raise invalid("request.encoded", "a compressed body is not read", hint="send it plain")
