"""ASGI messages out and bodies in: small, and the same for every page."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from tenure.core.errors import Kind, TenureError, invalid
from tenure.serving.routes import Headers, header

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY_BYTES = 16 << 20
BODY_SECONDS = 30.0
JSON = (b"content-type", b"application/json")
Header = tuple[bytes, bytes]
STATUS = {
    Kind.INVALID: 400,
    Kind.DENIED: 401,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.REFUSED: 409,
    Kind.GONE: 410,
    Kind.TOO_LARGE: 413,
    Kind.LIMITED: 429,
    Kind.FAILED: 500,
    Kind.UNAVAILABLE: 503,
    Kind.TIMED_OUT: 504,
}


class Gone(Exception):  # noqa: N818  # not an error: the client has hung up
    """The client went away before its request was complete."""


class Reply(NamedTuple):
    """A whole answer, of whichever server."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = (JSON,)  # without content-length


async def send_reply(send: Send, answer: Reply) -> None:
    length = (b"content-length", b"%d" % len(answer.body))
    headers = [length, *answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def reply(
    send: Send, status: int, body: bytes, headers: tuple[Header, ...] = (JSON,)
) -> None:
    await send_reply(send, Reply(status, body, headers))


async def document(send: Send, status: int, value: object) -> None:
    await reply(send, status, msgspec.json.encode(value))


def refused(error: TenureError, request_id: str | None = None) -> Reply:
    """Return the error in the protocol's shape, plus its code."""
    text = text_of(error)
    headers = [JSON]
    if error.kind is Kind.DENIED:
        headers.append((b"www-authenticate", b"Bearer"))
    if error.kind in {Kind.LIMITED, Kind.UNAVAILABLE}:
        headers.append((b"retry-after", b"1"))
    if request_id is not None:
        headers.append(request_id_header(request_id))
    return Reply(STATUS[error.kind], _shaped(text, error.code), tuple(headers))


async def refusal(send: Send, error: TenureError, request_id: str | None = None) -> None:
    """Answer with the error in the protocol's shape, plus its code."""
    await send_reply(send, refused(error, request_id))


async def wrong_method(send: Send, allowed: str) -> None:
    error = invalid("page.wrong_method", f"this address takes {allowed}")
    body = _shaped(error.message, error.code)
    await reply(send, 405, body, (JSON, (b"allow", allowed.encode())))


def text_of(error: TenureError) -> str:
    """Return what a client is told: what is wrong and how to mend it."""
    return f"{error.message} ({error.hint})" if error.hint else error.message


def request_id_header(request_id: str) -> tuple[bytes, bytes]:
    safe = request_id if request_id.isascii() else quote(request_id)
    return (b"x-request-id", safe.encode())


def declared_length(headers: Headers) -> int:
    """Return the length that the head declares; 0 when it declares none."""
    length = header(headers, b"content-length") or b"0"
    return int(length) if len(length) <= 18 else sys.maxsize  # noqa: PLR2004  # digits, says the parser


async def body_of(receive: Receive, headers: Headers, *, seconds: float = BODY_SECONDS) -> bytes:
    """Return the body; refuse a large one before reading it, and one that comes too slowly."""
    if declared_length(headers) > MAX_BODY_BYTES:
        raise _too_large()
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return bytes(message.get("body", b""))
    try:
        async with asyncio.timeout(seconds):
            return await _rest(receive, message)
    except TimeoutError:
        raise TenureError(
            Kind.INVALID, "request.too_slow", f"the body did not come in {seconds:g} s"
        ) from None


async def _rest(receive: Receive, message: Message) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


def _shaped(text: str, code: str) -> bytes:
    return msgspec.json.encode({"error": text, "code": code})


def _too_large() -> TenureError:
    return TenureError(
        Kind.TOO_LARGE,
        "request.too_large",
        f"a body of more than {MAX_BODY_BYTES >> 20} MiB is not read",
        hint="send the rows in several requests",
    )
