"""How a failure looks over HTTP: one status per kind, one body for all.

The body is `{"code","message","where","hint"}`. What went wrong inside is logged under an id that
the hint names; it is never sent.
"""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tenure.core.errors import Kind, TenureError

log = logging.getLogger("tenure.api")

STATUS: dict[Kind, int] = {
    Kind.INVALID: 422,
    Kind.DENIED: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.REFUSED: 409,
    Kind.TOO_LARGE: 413,
    Kind.LIMITED: 429,
    Kind.GONE: 410,
    Kind.UNAVAILABLE: 503,
    Kind.TIMED_OUT: 504,
    Kind.FAILED: 500,
}
KIND_HEADER = "X-Tenure-Kind"
"""Tells a conflict from a refusal, which share a status; the sdk reads it."""

_NO_KEY = frozenset({"key.missing", "key.malformed", "key.unknown", "key.expired"})
_PLAIN = {
    400: ("request.bad_body", "the body cannot be read"),
    404: ("route.not_found", "there is nothing at this address"),
    405: ("route.bad_method", "this address does not understand the method"),
}


class ErrorBody(msgspec.Struct):
    """What every failed request answers. `code` is for programs, the rest for people."""

    code: str
    message: str
    where: str = ""
    hint: str = ""


class RequestRefused(HTTPException):
    """A request turned away before anybody looked at what it wants, with its own status.

    It is an HTTPException because FastAPI lets only those through while it reads a body.
    """

    def __init__(self, status: int, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(status_code=status, detail=message)
        self.body = ErrorBody(code, message, "", hint)


def install(app: FastAPI) -> None:
    """Answer every known failure in our shape. Unknown ones are the door's business."""
    app.add_exception_handler(TenureError, _on_tenure_error)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(HTTPException, _on_http_error)


def response_to(error: TenureError) -> Response:
    """Return the response that says what the error says."""
    status, headers = STATUS[error.kind], {KIND_HEADER: error.kind.value}
    if error.code in _NO_KEY:
        status, headers["WWW-Authenticate"] = 401, 'Bearer realm="tenure"'
    if error.kind in {Kind.LIMITED, Kind.UNAVAILABLE}:
        headers["Retry-After"] = "1"
    body = ErrorBody(error.code, error.message, error.where, error.hint)
    return _response(status, body, headers)


def refusal(error: RequestRefused) -> Response:
    """Return the response that turns a request away."""
    return _response(error.status_code, error.body)


def response_to_unknown(error: Exception) -> Response:
    """Log an unexpected error under a fresh id; return a response that names only the id."""
    incident = secrets.token_hex(6)
    log.error("request failed, incident %s", incident, exc_info=error)
    hint = f"the log of the api says more under incident {incident}"
    body = ErrorBody("server.failed", "something broke on our side", "", hint)
    return _response(500, body, {KIND_HEADER: Kind.FAILED.value})


async def _on_tenure_error(_: Request, error: Exception) -> Response:
    return response_to(error) if isinstance(error, TenureError) else response_to_unknown(error)


async def _on_http_error(_: Request, error: Exception) -> Response:
    if isinstance(error, RequestRefused):
        return refusal(error)
    if not isinstance(error, HTTPException):
        return response_to_unknown(error)
    code, message = _PLAIN.get(error.status_code, ("request.refused", str(error.detail)))
    return _response(error.status_code, ErrorBody(code, message), dict(error.headers or {}))


async def _on_bad_request(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        return response_to_unknown(error)
    return _response(422, _first_fault(error.errors()), {KIND_HEADER: Kind.INVALID.value})


def _first_fault(faults: Sequence[Any]) -> ErrorBody:
    """Say the first fault; the hint counts the others."""
    fault = faults[0]
    where = ".".join(str(part) for part in fault["loc"])
    unknown = fault["type"] == "extra_forbidden"
    code = "request.unknown_field" if unknown else "request.invalid"
    message = "there is no such field" if unknown else str(fault["msg"])
    more = len(faults) - 1
    return ErrorBody(code, message, where, f"and {more} more" if more else "")


def _response(status: int, body: ErrorBody, headers: dict[str, str] | None = None) -> Response:
    kinds = {STATUS[kind]: kind for kind in reversed(Kind)}
    kind = kinds.get(status, Kind.INVALID)
    return Response(
        msgspec.json.encode(_printable(body)),
        status_code=status,
        headers={KIND_HEADER: kind.value, **(headers or {})},
        media_type="application/json",
    )


def _printable(body: ErrorBody) -> ErrorBody:
    """Texts echo what was sent: nothing that a terminal would obey, and nothing endless, goes out."""
    return ErrorBody(*map(_plain, (body.code, body.message, body.where, body.hint)))


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text[:2000])
