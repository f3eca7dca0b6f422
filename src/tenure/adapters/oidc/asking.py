"""Asks a provider over HTTP: no redirects, no other addresses than its own word, little patience."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from tenure.core.errors import Kind, TenureError

SECONDS = 10.0
MOST = 1024**2
"""How much of an answer is read, in bytes: key sets are some kilobytes."""


class Asker:
    """Gets and posts, and takes JSON objects of at most so many bytes for answers."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._client = httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False)

    def get(self, url: str) -> dict[str, Any]:
        """Return the object at an address."""
        status, found = self._asked(self._client.build_request("GET", url))
        if status != httpx.codes.OK:
            raise unreachable(f"status {status}")
        return found

    def post(
        self, url: str, form: Mapping[str, str], login: tuple[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        """Return status and object that a form is answered with; `login` is sent as HTTP Basic."""
        headers = {}
        if login is not None:
            basic = httpx.BasicAuth(*login)
            headers["Authorization"] = basic._auth_header  # noqa: SLF001  # its only way to say it
        return self._asked(self._client.build_request("POST", url, data=form, headers=headers))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _asked(self, request: httpx.Request) -> tuple[int, dict[str, Any]]:
        check_address(str(request.url))
        try:
            response = self._client.send(request, stream=True)
            try:
                body = _read(response, self._most)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise unreachable(type(error).__name__) from error
        try:
            found = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise bad_provider("its answer is not JSON") from error
        if not isinstance(found, dict):
            raise bad_provider("its answer is no JSON object")
        return response.status_code, found


def check_address(url: str) -> None:
    """Raise `sign_in.bad_provider` unless the address is https, or of this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return
    raise bad_provider("its addresses are not https")


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine, written as an address or as `localhost`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(response: httpx.Response, most: int) -> bytes:
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > most:
            raise bad_provider("its answer does not end")
    return bytes(body)


def unreachable(why: str) -> TenureError:
    """Return the error for a provider that may answer later."""
    return TenureError(
        Kind.UNAVAILABLE, "sign_in.unreachable", f"the identity provider cannot be asked: {why}"
    )


def bad_provider(why: str) -> TenureError:
    """Return the error for what no provider should answer."""
    return TenureError(
        Kind.FAILED,
        "sign_in.bad_provider",
        f"the identity provider cannot be used: {why}",
        hint="is its issuer written exactly as the provider itself writes it?",
    )
