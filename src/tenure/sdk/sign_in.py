"""Signing in from one's own machine: the browser says who one is, a port of this machine hears it.

Authorization code with PKCE and a loopback redirect (RFC 6749, 7636, 8252). The code is worth nothing
without the verifier, which never leaves this process but for the house.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tenure.core.errors import Kind, TenureError
from tenure.sdk.nouns import Api, Json

PATIENCE_SECONDS = 300.0
_POLL_SECONDS = 0.5
_WAITING = frozenset({"sign_in.pending", "sign_in.slow_down"})
_SLOWER_SECONDS = 5.0
"""By how much a look that came too soon slows all later ones (RFC 8628 §3.5)."""
Show = Callable[[Any], object]
"""Opens an address in the person's browser, or tells them to."""


def person(
    api: Api, show: Show, *, tenant: str = "", role: str = "", patience: float = PATIENCE_SECONDS
) -> Json:
    """Return {"key", "text"} of a new session; raise `sign_in.…`.

    `show` is handed the address of the provider's page.
    """
    page = api.get("/sign-in")
    verifier, nonce, state = (secrets.token_urlsafe(32) for _ in range(3))
    with HTTPServer(("127.0.0.1", 0), _Heard) as server:
        redirect = f"http://127.0.0.1:{server.server_port}/"
        challenge = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": page["client_id"],
            "redirect_uri": redirect,
            "scope": " ".join(page["scopes"]),
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        mark = "&" if urlsplit(page["authorization_url"]).query else "?"
        show(f"{page['authorization_url']}{mark}{urlencode(asked)}")
        code = _code(server, state, patience)
    body = {"code": code, "verifier": verifier, "nonce": nonce, "redirect": redirect}
    made: Json = api.post("/sign-in/code", {**body, **_chosen(tenant, role)})
    return made


def by_password(api: Api, name: str, password: str, *, tenant: str = "", role: str = "") -> Json:
    """Return {"key", "text"} of a session of an account of the house's own; raise `sign_in.…`."""
    body = {"name": name, "password": password, **_chosen(tenant, role)}
    made: Json = api.post("/sign-in/password", body)
    return made


def elsewhere(
    api: Api,
    show: Show,
    *,
    tenant: str = "",
    role: str = "",
) -> Json:
    """Return {"key", "text"} as `person` does, of who signs in with a browser of another machine.

    `show` is handed {"address", "complete", "shown", "seconds"}: where to go, and what to type there.
    """
    asked: Json = api.post("/sign-in/device")
    show(asked)
    pause, left = float(asked["pause"]), float(asked["seconds"])
    body = {"code": asked["code"], **_chosen(tenant, role)}
    while left > 0:
        time.sleep(pause)
        left -= pause
        try:
            made: Json = api.post("/sign-in/device/session", body)
        except TenureError as error:
            if error.code not in _WAITING:
                raise
            pause += _SLOWER_SECONDS if error.code == "sign_in.slow_down" else 0
        else:
            return made
    raise _nobody_came(float(asked["seconds"]))


def workload(api: Api, token: str, *, tenant: str = "", role: str = "") -> Json:
    """Return {"key", "text"} of a key for the workload of a CI's token; raise `sign_in.…`."""
    made: Json = api.post("/sign-in/workload", {"token": token, **_chosen(tenant, role)})
    return made


def _chosen(tenant: str, role: str) -> dict[str, str]:
    return {name: text for name, text in (("tenant", tenant), ("role", role)) if text}


class _Heard(BaseHTTPRequestHandler):
    """Keeps what the browser brings back, and tells its reader that it may go."""

    def do_GET(self) -> None:  # the library's name
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        if address.path == "/" and ("code" in query or "error" in query):
            self.server.heard = query  # type: ignore[attr-defined]
        words = "Go back to your terminal." if "code" in query else "Nobody has signed in."
        body = f"<!doctype html><title>Tenure</title><p>{escape(words)}</p>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's names
        """Say nothing: the address holds the code."""


def _nobody_came(seconds: float) -> TenureError:
    return TenureError(
        Kind.TIMED_OUT, "sign_in.nobody_came", f"nobody signed in within {seconds:.0f} s"
    )


def _code(server: HTTPServer, state: str, patience: float) -> str:
    """Wait for the browser; return the code of an answer to our own question."""
    server.timeout = _POLL_SECONDS
    for _ in range(max(1, round(patience / _POLL_SECONDS))):
        server.handle_request()
        heard: dict[str, list[str]] = getattr(server, "heard", {})
        if hmac.compare_digest(heard.get("state", [""])[0].encode(), state.encode()):
            break
        server.heard = {}  # type: ignore[attr-defined]  # somebody else's answer: wait on
    else:
        raise _nobody_came(patience)
    if "code" in heard:
        return heard["code"][0]
    word = heard["error"][0]
    why = word if word.replace("_", "").isalpha() else "it did not say why"
    raise TenureError(
        Kind.DENIED, "sign_in.refused", f"the identity provider refused: {why}", hint="tenure login"
    )
