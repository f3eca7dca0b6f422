"""The access log of the control plane: a line for each request, once it has been answered."""

import time

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenure.api.errors import ErrorBody
from tenure.core.tenants import SYSTEM
from tenure.ports.access import OK, AccessLog, Line

_QUIET = frozenset({"/api/v1/health", "/api/v1/health/ready"})
_REFUSED = 400
_GONE = "client.gone"


class Watch:
    """Middleware around the door: tells `access` of every request but those for the health."""

    def __init__(self, app: ASGIApp, *, access: AccessLog) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, then tell of it."""
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        seen = _Seen(scope, receive, send)
        try:
            await self._app(scope, seen.receive, seen.send)
        finally:
            self._access.put(seen.line())


class _Seen:
    """One request as it goes by."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._received_us = time.time_ns() // 1000
        self._started_ns = time.perf_counter_ns()
        self._status: int | None = None
        self._error = b""
        self._request_bytes = 0
        self._response_bytes = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._request_bytes += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
        body = message.get("body", b"")
        self._response_bytes += len(body)
        if self._status is not None and self._status >= _REFUSED:
            self._error = body
        await self._send(message)

    def line(self) -> Line:
        """Return what is told: the route's own words, no path that a client made up."""
        scope, sound = self._scope, self._status is not None and self._status < _REFUSED
        principal, named = scope.get("principal"), scope.get("path_params", {}) if sound else {}
        tenant_id = None if principal is None else principal.tenant_id
        if tenant_id == SYSTEM:
            tenant_id = named.get("tenant", tenant_id)
        client = scope.get("client")
        return (
            self._received_us,
            "http",
            getattr(scope.get("route"), "path", ""),
            scope["method"],
            tenant_id,
            named.get("model"),
            None,
            None,
            None,
            None,
            self._status,
            OK if sound else self._code(),
            None,
            self._request_bytes,
            self._response_bytes,
            (time.perf_counter_ns() - self._started_ns) // 1000,
            client[0] if client else None,
        )

    def _code(self) -> str:
        if self._status is None:
            return _GONE
        try:
            return msgspec.json.decode(self._error, type=ErrorBody).code
        except msgspec.DecodeError:
            return f"http.{self._status}"
