"""The ASGI application: finds who is meant, refuses who may not, and hands over.

Its whole state is one reference to a snapshot, swapped by `following.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from tenure.core.errors import TenureError, not_found
from tenure.core.tenants import SYSTEM
from tenure.serving import explanations, invocations, openapi, pages, routes, tracing, v2_json
from tenure.serving.endpoints import NOTHING, Snapshot
from tenure.serving.exchange import Call, exchange
from tenure.serving.explanations import Explanations
from tenure.serving.inference import Inference, failed
from tenure.serving.replies import (
    Gone,
    Message,
    Receive,
    Send,
    document,
    refusal,
    reply,
    wrong_method,
)
from tenure.serving.telemetry import GONE, Seen, Telemetry

EXPLAIN = "explain"
_TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
_CODECS = {
    "infer": v2_json.CODEC,
    "invocations": invocations.CODEC,
    EXPLAIN: explanations.CODEC,
}
_PUBLIC = frozenset({"/v2/health/live", "/v2/health/ready"})
_log = logging.getLogger(__name__)


class Plane:
    """Answers HTTP. `begin` and `end` are awaited at the start and the end of the server."""

    def __init__(
        self,
        inference: Inference,
        explaining: Explanations,
        expose: Callable[[str | None], str],
        begin: Callable[[], Awaitable[None]],
        end: Callable[[], Awaitable[None]],
        telemetry: Telemetry | None = None,
    ) -> None:
        self.snapshot: Snapshot = NOTHING
        self.is_leaving = False
        self.inference = inference
        self.explanations = explaining
        self.telemetry = telemetry
        self.tracer = telemetry.tracer if telemetry is not None else None
        self._expose = expose
        self._begin = begin
        self._end = end

    def swap(self, snapshot: Snapshot) -> None:
        """Answer what comes from here on with this snapshot."""
        self.snapshot = snapshot

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path = scope["path"]
        if path in _PUBLIC:  # asked every few seconds, by nobody
            await self._health(scope, send)
            return
        client = scope.get("client")
        seen = Seen("http", "", client[0] if client else None, send)
        seen.method = scope["method"]
        try:
            await self._guarded(scope, receive, seen)
        finally:
            if self.telemetry is not None:
                self.telemetry.ended(seen)

    async def _guarded(self, scope: Message, receive: Receive, seen: Seen) -> None:
        try:
            await self._answer(scope, receive, seen)
        except TenureError as error:
            seen.code = error.code
            await refusal(seen.send, error)
        except Gone:
            seen.code = GONE
        except Exception:  # noqa: BLE001  # the last door: recorded, nothing of the inside is said
            _log.exception("a request failed")
            seen.code = failed().code
            await refusal(seen.send, failed())

    async def _answer(self, scope: Message, receive: Receive, seen: Seen) -> None:
        path, snapshot, send = scope["path"], self.snapshot, seen.send
        headers = scope["headers"]
        grant = routes.granted(snapshot, headers)
        seen.tenant_id = grant.tenant_id
        target = routes.parse(path)
        if target is None and path == openapi.PATH:
            seen.page = "openapi"
            await _page(scope, send, openapi.document)
            return
        if target is None:
            seen.page = "metrics" if path == "/metrics" else ""
            await self._figures(scope, None if grant.tenant_id == SYSTEM else grant.tenant_id, send)
            return
        seen.page = target.page
        if target.page == "server":
            if target.tenant_id is not None:
                routes.tenant_of(grant, target.tenant_id)
            await _page(scope, send, pages.server)
            return
        endpoint = routes.find(snapshot, grant, target)
        codec = _CODECS.get(target.page)
        if codec is not None:
            if scope["method"] != "POST":
                await wrong_method(send, "POST")
                return
            tracer = None if target.page == EXPLAIN else self.tracer  # traces are of predictions
            trace = tracing.of_headers(tracer, headers)
            call = Call(headers, receive, send, seen, trace)
            answering = self.explanations if target.page == EXPLAIN else self.inference
            await exchange(answering, endpoint, target.version, call, codec)
            return
        if target.page == "ready" and scope["method"] in {"GET", "HEAD"}:
            await document(send, *await pages.ready(endpoint, target))
            return
        await _page(scope, send, lambda: pages.model(endpoint, target))

    async def _health(self, scope: Message, send: Send) -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            await wrong_method(send, "GET")
        elif scope["path"].endswith("live"):
            await document(send, 200, {"live": True})
        else:
            ready = self.snapshot.applied and not self.is_leaving
            await document(send, 200 if ready else 503, {"ready": ready})

    async def _figures(self, scope: Message, tenant_id: str | None, send: Send) -> None:
        """Answer /metrics: a tenant's key sees the tenant's own figures only."""
        if scope["path"] != "/metrics":
            raise not_found("page.not_found", "there is nothing here")
        if scope["method"] not in {"GET", "HEAD"}:
            await wrong_method(send, "GET")
            return
        text = await asyncio.to_thread(self._expose, tenant_id)
        await reply(send, 200, text.encode(), (_TEXT,))

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._begin()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._end()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _page(scope: Message, send: Send, show: Callable[[], dict[str, Any]]) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        await wrong_method(send, "GET")
        return
    await document(send, 200, show())
