"""The door: nothing gets in without a key, whatever its address, unless the list says so.

It stands before routing, so a forgotten route is locked, not open. It also turns away foreign
hosts (DNS rebinding) and foreign pages, says no more than an id about what broke inside, and puts
the security headers on everything that goes out.
"""

import base64
import hashlib
from collections.abc import Iterable

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenure.api.errors import RequestRefused, log, refusal, response_to, response_to_unknown
from tenure.api.front import STYLE
from tenure.api.routes import PUBLIC, SIGN_IN
from tenure.api.throttle import Throttle
from tenure.core.errors import Kind, TenureError
from tenure.core.keys import Principal
from tenure.services import keys
from tenure.services.house import House

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'none'"
    ),
}


_HSTS = "max-age=31536000"


class Door:
    """Middleware around everything. `hosts` are the names this server is known by."""

    def __init__(self, app: ASGIApp, *, house: House, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._house = house
        self._last_use = keys.LastUse(house)
        self._throttle = Throttle()
        self._hosts = LOCAL | {name.strip("[]").lower() for name in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through when it may come in."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        outlet = _Outlet(send, secure=scope["scheme"] == "https")
        try:
            refused = await self._refusal(scope)
            await (refused or self._app)(scope, receive, outlet)
        except Exception as error:  # the last resort: logged under an id, said as 500
            if outlet.begun:
                log.error("reply broken off", exc_info=error)
                raise
            await response_to_unknown(error)(scope, receive, outlet)

    async def _refusal(self, scope: Scope) -> Response | None:
        """Return why the request may not come in; None with the principal in the scope."""
        request = Request(scope)
        try:
            self._check_host(request)
            _check_origin(request)
            if request.url.path in SIGN_IN:
                self._throttle.check(request.client.host if request.client else "")
            if request.url.path not in PUBLIC:
                scope["principal"] = await self._principal(request)
        except RequestRefused as error:
            return refusal(error)
        except TenureError as error:
            return response_to(error)
        return None

    async def _principal(self, request: Request) -> Principal:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise TenureError(
                Kind.DENIED,
                "key.missing",
                "this needs an API key",
                hint="Authorization: Bearer tnr_…",
            )
        return await run_in_threadpool(self._authenticated, text.strip())

    def _authenticated(self, text: str) -> Principal:
        who = keys.authenticate(self._house, text)
        self._last_use.note(who)
        return who

    def _check_host(self, request: Request) -> None:
        given = request.headers.getlist("host")
        name = _host_name(given[0]) if len(given) == 1 else ""
        if name not in self._hosts:
            raise RequestRefused(
                400,
                "request.bad_host",
                f"this server is not called {name!r}",
                hint="name it in the setting for hosts if it should be",
            )


class _Outlet:
    """Sends, with the security headers; remembers whether an answer has begun."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self._send = send
        self._secure = secure  # the request came over TLS, to us or to a proxy that is trusted
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if self._secure:
                headers["Strict-Transport-Security"] = _HSTS
        await self._send(message)


def _host_name(host: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _check_origin(request: Request) -> None:
    """Let only our own pages change anything: a browser says which page asks."""
    if request.method in _SAFE:
        return
    host = request.headers["host"].lower()
    origins = {origin.lower() for origin in request.headers.getlist("origin")}
    sites = set(request.headers.getlist("sec-fetch-site"))
    if sites - {"none", "same-origin"} or origins - {f"http://{host}", f"https://{host}"}:
        raise RequestRefused(403, "request.bad_origin", "another site's page may not do this")
