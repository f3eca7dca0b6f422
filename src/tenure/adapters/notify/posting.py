"""One POST to an address that was checked: no redirects, no proxies, an end to all waiting."""

import http.client
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing

from tenure.adapters.notify.reaching import (
    DEADLINE_SECONDS,
    Reach,
    cut,
    ending,
    refused,
    unreachable,
)
from tenure.core.channels import Channel

_FINE, _AWAY = 200, 300
_LATER = frozenset({408, 425, 429})
_BAD_REQUEST, _BAD_SERVER = 400, 500


def post(
    reach: Reach,
    reference: str,
    channel: Channel,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float = DEADLINE_SECONDS,
) -> None:
    """Post the body; raise `notify.failed` for what to try again, `notify.refused` otherwise."""
    connection = _Checked(reach, reference, channel)
    try:
        with closing(connection), ending(lambda: cut(connection.sock), seconds):
            connection.request("POST", channel.path, body, {**_login(channel), **headers})
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise unreachable(reference, type(error).__name__) from error
    if _FINE <= status < _AWAY:
        return
    later = status in _LATER or status >= _BAD_SERVER
    hint = "redirects are not followed: name the end" if status < _BAD_REQUEST else ""
    raise refused(reference, "the channel", status, later=later, hint=hint)


def _login(channel: Channel) -> dict[str, str]:
    headers = {"User-Agent": "Tenure", "Content-Type": "application/json"}
    if channel.user:
        login = b64encode(f"{channel.user}:{channel.password}".encode()).decode()
        headers["Authorization"] = f"Basic {login}"
    return headers


class _Checked(http.client.HTTPConnection):
    """A connection to the address that was checked, under the name that the certificate must bear."""

    def __init__(self, reach: Reach, reference: str, channel: Channel) -> None:
        super().__init__(channel.host, channel.port)
        self._reach = reach
        self._reference = reference
        self._channel = channel
        if channel.encrypted:
            self.default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        channel = self._channel
        plain = self._reach.connect(
            self._reference, channel.host, channel.port, encrypted=channel.encrypted
        )
        self.sock = plain
        if channel.encrypted:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=channel.host)
