"""One HTTP client for control plane and serving: sends, and turns failures into TenureError."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from tenure.core.errors import Kind, TenureError

_KIND_HEADER = "X-Tenure-Kind"
_KINDS = {
    400: Kind.INVALID,
    401: Kind.DENIED,
    403: Kind.DENIED,
    404: Kind.NOT_FOUND,
    405: Kind.INVALID,
    409: Kind.CONFLICT,
    410: Kind.GONE,
    413: Kind.TOO_LARGE,
    415: Kind.INVALID,
    422: Kind.INVALID,
    429: Kind.LIMITED,
    502: Kind.UNAVAILABLE,
    503: Kind.UNAVAILABLE,
    504: Kind.UNAVAILABLE,
}
_KNOWN = frozenset(Kind)


class Http:
    """A connection to one server with one key. Safe to use from several threads."""

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 60.0,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(
            base_url=self.url,
            headers=headers,
            transport=transport,
            timeout=timeout,
            follow_redirects=False,
            verify=trust or True,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        content: bytes | None = None,
        media: str = "",
        timeout: float | None = None,
    ) -> httpx.Response:
        """Return the answer to a request; raise the TenureError that a failed one means.

        Raises `server.unreachable` and `server.timed_out` when nobody answers.
        """
        request = self._client.build_request(
            method,
            path,
            params={k: v for k, v in (params or {}).items() if v is not None},
            json=json,
            content=content,
            headers={"Content-Type": media} if media else None,
            timeout=httpx.USE_CLIENT_DEFAULT if timeout is None else timeout,
        )
        try:
            response = self._client.send(request)
        except httpx.TimeoutException as error:
            raise _unavailable("server.timed_out", f"{self.url} did not answer in time") from error
        except httpx.TransportError as error:
            raise _unavailable(
                "server.unreachable", f"nobody answers at {self.url}: {error}"
            ) from error
        if response.is_success:
            return response
        raise error_of(response)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def error_of(response: httpx.Response) -> TenureError:
    """Return the error that a failed response describes, of the API or of serving."""
    said = response.headers.get(_KIND_HEADER, "")
    kind = Kind(said) if said in _KNOWN else _KINDS.get(response.status_code, Kind.FAILED)
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    message = body.get("message") or body.get("error") or f"status {response.status_code}"
    return TenureError(
        kind,
        str(body.get("code") or f"server.status_{response.status_code}"),
        str(message),
        where=str(body.get("where") or ""),
        hint=str(body.get("hint") or ""),
    )


def _unavailable(code: str, message: str) -> TenureError:
    hint = "is it running? start it: tenure up"
    return TenureError(Kind.UNAVAILABLE, code, message, hint=hint)
