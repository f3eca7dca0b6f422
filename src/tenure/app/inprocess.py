"""Talks to an ASGI app without a network: an httpx transport with an event loop in a thread.

With no server running, the command line's client uses it: one code path for local and remote.
"""

from contextlib import ExitStack

import httpx
from anyio.from_thread import start_blocking_portal
from starlette.types import ASGIApp


class InProcessTransport(httpx.BaseTransport):
    """Hands requests to the app and waits for the whole answer. Close it to end the thread."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._open = ExitStack()
        self._portal = self._open.enter_context(start_blocking_portal("asyncio", name="tenure-api"))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the app's answer to the request."""
        request.read()
        return self._portal.call(self._answer, request)

    def close(self) -> None:
        """End the event loop."""
        self._open.close()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=body)
