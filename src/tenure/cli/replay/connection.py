"""A lean HTTP/1.1 client: keep-alive connections, one request in flight on each.

It posts bodies that are ready to send and hands back status and body. A general client costs more
than the server it would measure.
"""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httptools

from tenure.core.errors import Kind, TenureError

_PATIENCE_SECONDS = 60.0
_AGAIN = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A body to be posted. `rows` are the predictions in it, `tag` is whatever the caller needs."""

    body: bytes
    rows: int
    tag: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    sent: Outgoing
    status: int
    body: bytes


class _Connection(asyncio.Protocol):
    """One connection. `post` may be called again once the answer before has come."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._renew()

    def _renew(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []

    async def post(self, request: bytes) -> tuple[int, bytes]:
        """Send a whole request; return status and body, or raise ConnectionError."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's, so there is nothing to check.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self._fail(ConnectionResetError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionResetError(f"not HTTP: {error}"))
            self.close()

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body; called by the parser."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Hand out the answer; called by the parser."""
        status, body = self._parser.get_status_code(), b"".join(self._parts)
        stays = self._parser.should_keep_alive()
        self._renew()
        if not stays:
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, body))

    def _fail(self, error: ConnectionError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


class Poster:
    """Posts many bodies to one address over a few connections."""

    def __init__(
        self, url: str, key: str, *, connections: int = 4, trust: ssl.SSLContext | None = None
    ) -> None:
        parts = urlsplit(url)
        self._tls = (trust or ssl.create_default_context()) if parts.scheme == "https" else None
        usual = 443 if self._tls else 80
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or usual
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()
        self._url = url
        self._open: list[_Connection | None] = [None] * connections

    async def post_all(self, outgoing: Iterable[Outgoing]) -> list[Answer]:
        """Post everything; return the answers in the order in which they came.

        What a server that is restarting did not take is posted again, as it was. Raises
        `serving.unreachable` when nobody answers for a minute.
        """
        waiting, answers = iter(outgoing), list[Answer]()
        lines = range(len(self._open))
        await asyncio.gather(*(self._drain(line, waiting, answers) for line in lines))
        return answers

    def close(self) -> None:
        """Close the connections."""
        for connection in self._open:
            if connection is not None:
                connection.close()
        self._open = [None] * len(self._open)

    async def _drain(self, line: int, waiting: Iterator[Outgoing], answers: list[Answer]) -> None:
        for outgoing in waiting:
            request = b"%b%d\r\n\r\n%b" % (self._head, len(outgoing.body), outgoing.body)
            status, body = await self._deliver(line, request)
            answers.append(Answer(outgoing, status, body))

    async def _deliver(self, line: int, request: bytes) -> tuple[int, bytes]:
        """Post until somebody answers for good."""
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + _PATIENCE_SECONDS, 0.05
        while True:
            try:
                connection = self._open[line] or await self._connect(line)
                status, body = await connection.post(request)
            except OSError as error:
                self._open[line] = None
                why = str(error)
            else:
                if status not in _AGAIN:
                    return status, body
                why = f"status {status}: {body[:200].decode(errors='replace')}"
            if loop.time() > until:
                raise _unreachable(self._url, why)
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 2)

    async def _connect(self, line: int) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            _Connection, self._host, self._port, ssl=self._tls
        )
        self._open[line] = connection
        return connection


def _unreachable(url: str, why: str) -> TenureError:
    return TenureError(
        Kind.UNAVAILABLE,
        "serving.unreachable",
        f"nobody answers predictions: {why}",
        where=url,
        hint="the same command goes on where it stopped",
    )
