"""The client that asks every server alike: keep-alive connections, one request in flight on each.

Plain sockets and epoll: a general client would cost more than some of the servers it asks.
"""

import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from benchmarks.report import check

_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Round:
    """What came back: the last answers, in the order of the requests, and how long each took."""

    answers: Sequence[bytes]
    latencies_ms: Sequence[float]
    seconds: float

    def percentile(self, share: float) -> float:
        """Return the latency in ms that a share of the requests did not exceed."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Client:
    """Connections to one address. `headers` go with every request."""

    def __init__(self, url: str, headers: dict[str, str], lines: int) -> None:
        parts = urlsplit(url)
        fixed = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._head = f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n{fixed}"
        self._epoll = select.epoll()
        self._sockets = {}
        for _ in range(lines):
            line = socket.create_connection((parts.hostname, parts.port), _PATIENCE_SECONDS)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._epoll.register(line.fileno(), select.EPOLLIN)
            self._sockets[line.fileno()] = line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._epoll.close()
        for line in self._sockets.values():
            line.close()

    def request(self, body: bytes) -> bytes:
        """Return a body with its head, ready to be sent."""
        return f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def post(self, requests: Sequence[bytes], seconds: float = 0.0) -> Round:
        """Send each request once, or all of them over and over for so long.

        Every one has to be answered with 200.
        """
        answers: list[bytes] = [b""] * len(requests)
        latencies: list[float] = []
        began = time.perf_counter()
        until = began + seconds
        under_way: dict[int, tuple[int, float, bytearray]] = {}
        place = 0

        def more() -> bool:
            return place < len(requests) or (seconds > 0 and time.perf_counter() < until)

        def send(number: int) -> None:
            nonlocal place
            which = place % len(requests)
            place += 1
            under_way[number] = (which, time.perf_counter(), bytearray())
            self._sockets[number].sendall(requests[which])

        for number in self._sockets:
            if more():
                send(number)
        while under_way:
            found = self._epoll.poll(_PATIENCE_SECONDS)
            check(found, f"no answer within {_PATIENCE_SECONDS} s")
            for number, _ in found:
                which, sent, buffer = under_way[number]
                data = self._sockets[number].recv(1 << 18)
                check(data, f"a connection was closed: {bytes(buffer[:300])!r}")
                buffer += data
                body = _body(buffer)
                if body is None:
                    continue
                latencies.append((time.perf_counter() - sent) * 1e3)
                answers[which] = body
                del under_way[number]
                if more():
                    send(number)
        return Round(answers, latencies, time.perf_counter() - began)


def _body(buffer: bytearray) -> bytes | None:
    """Return the body once the answer is whole."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    check(buffer.startswith(b"HTTP/1.1 200"), f"refused: {bytes(buffer[:600])!r}")
    head = bytes(buffer[: end + 2]).lower()
    at = head.find(b"\r\ncontent-length:")
    if at < 0:  # in chunks
        return _unchunked(bytes(buffer[end + 4 :])) if buffer.endswith(b"\r\n0\r\n\r\n") else None
    length = int(head[at + 17 : head.index(b"\r", at + 2)])
    return bytes(buffer[end + 4 :]) if len(buffer) - end - 4 >= length else None


def _unchunked(data: bytes) -> bytes:
    parts, at = [], 0
    while size := int(data[at : (start := data.index(b"\r\n", at) + 2)], 16):
        parts.append(data[start : start + size])
        at = start + size + 2
    return b"".join(parts)
