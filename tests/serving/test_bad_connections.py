"""Connections that end oddly: half closed, cut, slow. Nobody else notices."""

import json
import socket
import struct
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.serving.conftest import Served, served
from tests.serving.small import KEYS, Home, numeric_body, wait_until

BODY = json.dumps(numeric_body()).encode()
MANY = json.dumps(numeric_body(500)).encode()


def asking(path: str, *more: str, length: int = len(BODY)) -> bytes:
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {KEYS['DL']}",
        f"Content-Length: {length}",
        *more,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def connected(served: Served) -> socket.socket:
    parts = urlsplit(served.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def everything(line: socket.socket) -> bytes:
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("more", [(), ("Connection: close",)])
@pytest.mark.parametrize("path", ["/v2/models/late/infer", "/t/DL/v2/models/late/infer"])
def test_who_has_said_all_and_closes_that_half_still_gets_the_answer(
    shared: Served, path: str, more: tuple[str, ...]
) -> None:
    with connected(shared) as line:
        line.sendall(asking(path, *more) + BODY)
        line.shutdown(socket.SHUT_WR)
        assert everything(line).startswith(b"HTTP/1.1 200")


def test_a_second_request_before_the_half_is_closed_gets_its_answer_too(shared: Served) -> None:
    with connected(shared) as line:
        request = asking("/v2/models/late/infer") + BODY
        line.sendall(request)
        first = b""
        while not first.endswith(b"}"):  # head and body may come one after the other
            first += line.recv(65536)
        assert first.startswith(b"HTTP/1.1 200")
        line.sendall(request)  # the head is known now
        line.shutdown(socket.SHUT_WR)
        assert everything(line).startswith(b"HTTP/1.1 200")


def test_who_closes_in_the_middle_of_a_body_gets_nothing_and_harms_nobody(shared: Served) -> None:
    with connected(shared) as line:
        line.sendall(asking("/v2/models/late/infer", length=5000) + BODY)
        line.shutdown(socket.SHUT_WR)
        assert everything(line) == b""
    with shared.client() as client:
        assert client.post("/v2/models/late/infer", json=numeric_body()).status_code == 200


def test_a_body_that_comes_in_drops_is_answered(shared: Served) -> None:
    with connected(shared) as line:
        line.sendall(asking("/v2/models/late/infer"))
        for place in range(0, len(BODY), 60):
            line.sendall(BODY[place : place + 60])
            time.sleep(0.01)
        assert line.recv(65536).startswith(b"HTTP/1.1 200")


def test_binary_tensors_that_come_in_drops_are_answered(shared: Served) -> None:
    body = json.dumps(numeric_body(parameters={"binary_data_output": True})).encode()
    said = f"Inference-Header-Content-Length: {len(body)}"
    with connected(shared) as line:
        line.sendall(asking("/v2/models/late/infer", said, length=len(body)))
        for place in range(0, len(body), 60):
            line.sendall(body[place : place + 60])
            time.sleep(0.01)
        assert b"application/octet-stream" in line.recv(65536)


def test_many_heads_that_never_end_are_refused_and_others_are_answered_meanwhile(
    home: Home,
) -> None:
    home.publish(home.release())
    with served(home, head_seconds=1.0) as found, ExitStack() as stack:
        found.wait_for(1)
        slow = [stack.enter_context(connected(found)) for _ in range(100)]
        for line in slow:
            line.sendall(b"POST /v2/models/late/infer HTTP/1.1\r\n")
        with found.client() as client:
            for _ in range(5):
                for line in slow[1:]:
                    with suppress(OSError):  # it may have been refused by now
                        line.sendall(b"X-Drop: 1\r\n")  # a drop does not buy time
                assert client.post("/v2/models/late/infer", json=numeric_body()).status_code == 200
        first = everything(slow[0])
        assert first.startswith(b"HTTP/1.1 400")
        assert b"request.too_slow" in first
        for line in slow[1:]:
            with suppress(ConnectionResetError):
                everything(line)  # it ends


def test_who_asks_and_does_not_read_is_not_answered_without_end(home: Home) -> None:
    """What is not read stays with the client: memory does not grow, and nobody else waits."""
    home.publish(home.release())
    request = asking("/v2/models/late/infer", length=len(MANY)) + MANY
    with served(home) as found, connected(found) as line:
        found.wait_for(1)
        line.setblocking(False)
        sent = 0
        with found.client() as client:
            for _ in range(400):
                try:
                    sent += line.send((request * 20)[sent % len(request) :])
                except BlockingIOError:
                    answer = client.post("/v2/models/late/infer", json=numeric_body())
                    assert answer.status_code == 200
                    break
                time.sleep(0.001)
            else:
                raise AssertionError("the server has read without end")
        line.settimeout(20)
        rest = -sent % len(request)
        asked, answers = (sent + rest) // len(request), b""
        if rest:
            answers += _sent_while_reading(line, request[len(request) - rest :])
        while answers.count(b"HTTP/1.1 200") < asked or not answers.endswith(b"}"):
            part = line.recv(1 << 20)
            assert part
            answers += part
    assert answers.count(b"HTTP/1.1 ") == asked


def _sent_while_reading(line: socket.socket, data: bytes) -> bytes:
    """Send the rest of a request; what is answered meanwhile has to be read for that."""
    read = b""
    line.settimeout(0.05)
    while data:
        try:
            data = data[line.send(data) :]
        except TimeoutError:
            read += line.recv(1 << 20)
    line.settimeout(20)
    return read


def test_connections_that_are_torn_at_any_moment_leave_nothing_behind(home: Home) -> None:
    home.publish(home.release())
    request = asking("/v2/models/late/infer") + BODY
    with served(home) as found:
        found.wait_for(1)
        before = _descriptors()
        for count in range(300):
            with connected(found) as line:
                line.sendall(request * (count % 3) + request[: count * 7 % len(request)])
                # a reset instead of a goodbye
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wait_until(lambda: _descriptors() <= before + 2)
        with found.client() as client:
            assert client.post("/v2/models/late/infer", json=numeric_body()).status_code == 200


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
