"""An identity provider: discovery, keys that rotate, codes with PKCE.

Whole as far as Tenure needs it, over real HTTP, with real signatures; `twist` lets it lie.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

Claims = dict[str, Any]
_RSA = RSAKey.generate_key(2048)  # once: it takes a while


@dataclass
class Provider:
    """What it knows of itself, of its client, and of who sits before its page."""

    now: Callable[[], datetime]
    client_id: str = "tenure"
    client_secret: str = ""
    person: Claims = field(default_factory=lambda: {"sub": "anna", "name": "Anna Example"})
    issuer: str = ""
    calls_itself: str = ""
    algorithm: str = "RS256"
    kid: str = "first"
    key: RSAKey | ECKey = field(default_factory=lambda: _RSA)
    twist: Callable[[Claims], Claims] = lambda claims: claims
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Claims] = field(default_factory=dict)
    devices: dict[str, list[str]] = field(
        default_factory=dict
    )  # code → what is said before the yes

    def rotate(self) -> None:
        """Sign with a new key of another kind; the old one is published no more."""
        self.kid, self.algorithm, self.key = "second", "ES256", ECKey.generate_key("P-256")

    def signed(self, claims: Claims, **header: Any) -> str:
        """Return a token of its own, good for five minutes."""
        at = int(self.now().timestamp())
        whole = self.twist({"iss": self.issuer, "iat": at, "exp": at + 300, **claims})
        return jwt.encode({"alg": self.algorithm, "kid": self.kid, **header}, whole, self.key)

    def document(self) -> Claims:
        return {
            "issuer": self.calls_itself or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "device_authorization_endpoint": f"{self.issuer}/device",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def key_set(self) -> Claims:
        public = self.key.as_dict(private=False)
        foreign = {"kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZg", "kid": self.kid}
        return {"keys": [foreign, {**public, "kid": self.kid, "use": "sig", "alg": self.algorithm}]}

    def authorized(self, query: Claims) -> str:
        """Let the person in at once; return where their browser goes next."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def device(self) -> Claims:
        """Begin for a device; the person has not answered yet."""
        code = secrets.token_urlsafe(16)
        self.devices[code] = ["authorization_pending"]
        page = f"{self.issuer}/activate"
        return {
            "device_code": code,
            "user_code": "WDJB-MJHT",
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code=WDJB-MJHT",
            "expires_in": 600,
            "interval": 5,
        }

    def posted(self, path: str, form: Claims, login: str) -> tuple[int, Claims]:
        return (200, self.device()) if path == "/device" else self.token(form, login)

    def token(self, form: Claims, login: str) -> tuple[int, Claims]:
        if "device_code" in form:
            return self._of_device(form["device_code"])
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self.client_secret and login != f"{self.client_id}:{self.client_secret}":
            return 401, {"error": "invalid_client"}
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant", "error_description": "secret words"}
        claims = {"aud": self.client_id, "nonce": asked["nonce"], **self.person}
        return 200, {"token_type": "Bearer", "access_token": "x", "id_token": self.signed(claims)}

    def _of_device(self, code: str) -> tuple[int, Claims]:
        """Say what is left to say, and in the end who the person is, once."""
        left = self.devices.get(code)
        if left is None:
            return 400, {"error": "expired_token"}
        if left:
            return 400, {"error": left.pop(0)}
        del self.devices[code]
        return 200, {"id_token": self.signed({"aud": self.client_id, **self.person})}


@contextmanager
def providing(now: Callable[[], datetime]) -> Iterator[Provider]:
    """Provide for the length of a block."""
    provider = Provider(now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            provider.asked.append(address.path)
            match address.path:
                case "/.well-known/openid-configuration":
                    self._say(200, provider.document())
                case "/keys":
                    self._say(200, provider.key_set())
                case "/authorize":
                    query = {name: texts[0] for name, texts in parse_qs(address.query).items()}
                    self.send_response(302)
                    self.send_header("Location", provider.authorized(query))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case _:
                    self._say(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: texts[0] for name, texts in parse_qs(body).items()}
            coded = self.headers.get("Authorization", "").removeprefix("Basic ")
            self._say(*provider.posted(self.path, form, unquote(base64.b64decode(coded).decode())))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _say(self, status: int, body: Claims) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
