"""What is told of the control plane's requests: lines of the access log, spans of traces."""

import time

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenure import decoders
from tenure.api.errors import ErrorBody
from tenure.core import traces
from tenure.core.tenants import SYSTEM
from tenure.core.traces import TraceContext
from tenure.ports.access import FIELDS, OK, AccessLog, Line
from tenure.ports.traces import Cause, Span, SpanKind, Tracer, causing

_QUIET = frozenset({"/api/v1/health", "/api/v1/health/ready"})
_REFUSED = 400
_GONE = "client.gone"
_ATTRIBUTES = (
    ("http.request.method", "method"),
    ("http.route", "page"),
    ("http.response.status_code", "status"),
    ("tenure.tenant", "tenant"),
    ("tenure.model", "model"),
)
"""OpenTelemetry's words where it has some, and the fields of the line that hold them."""


class Watch:
    """Middleware around the door: tells of every request but those for the health."""

    def __init__(self, app: ASGIApp, *, access: AccessLog | None, tracer: Tracer | None) -> None:
        self._app = app
        self._access = access
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, then tell of it."""
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        seen = _Seen(scope, receive, send, self._tracer)
        try:
            with causing(seen.cause):
                await self._app(scope, seen.receive, seen.send)
        finally:
            line = seen.line()
            if self._access is not None:
                self._access.put(line)
            seen.end(line)


class _Seen:
    """One request as it goes by."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, tracer: Tracer | None) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._received_us = time.time_ns() // 1000
        self._started_ns = time.perf_counter_ns()
        self._status: int | None = None
        self._error = b""
        self._request_bytes = 0
        self._response_bytes = 0
        self._tracer = tracer
        self._parent = _parent(scope["headers"])
        self._trace = self._parent if tracer is None else tracer.begin("request", self._parent)

    @property
    def cause(self) -> Cause | None:
        """What jobs are told that the request asks for."""
        return None if self._trace is None else Cause(self._trace)

    async def receive(self) -> Message:
        message = await self._receive()
        self._request_bytes += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self._tracer is not None and self._trace is not None:
                said = (b"traceresponse", self._trace.traceparent.encode())
                message = {**message, "headers": [*message.get("headers", []), said]}
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
            None if self._trace is None else self._trace.trace_id,
            self._status,
            OK if sound else self._code(),
            None,
            self._request_bytes,
            self._response_bytes,
            (time.perf_counter_ns() - self._started_ns) // 1000,
            client[0] if client else None,
        )

    def end(self, line: Line) -> None:
        """Tell of the span."""
        context = self._trace
        if self._tracer is None or context is None or not context.sampled:
            return
        told = dict(zip(FIELDS, line, strict=True))
        attributes = {
            name: value for name, field in _ATTRIBUTES if (value := told[field]) is not None
        }
        span = Span(
            name=f"{told['method']} {told['page']}".strip(),
            context=context,
            parent_id=None if self._parent is None else self._parent.span_id,
            start_ns=self._received_us * 1000,
            end_ns=time.time_ns(),
            attributes=attributes,
            kind=SpanKind.SERVER,
            error="" if told["code"] == OK else str(told["code"]),
        )
        self._tracer.put(span)

    def _code(self) -> str:
        if self._status is None:
            return _GONE
        try:
            return decoders.of_json(ErrorBody).decode(self._error).code
        except msgspec.DecodeError:
            return f"http.{self._status}"


def _parent(headers: list[tuple[bytes, bytes]]) -> TraceContext | None:
    named = {name: value.decode("latin-1") for name, value in headers}
    given = sum(name == b"traceparent" for name, _ in headers)
    if given != 1:
        return None
    return traces.parse(named[b"traceparent"], named.get(b"tracestate", ""))
