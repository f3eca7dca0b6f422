"""Connections that end oddly: half closed, cut, slow. Nobody else notices."""

import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from tests.serving.conftest import Served
from tests.serving.small import KEYS, numeric_body

BODY = json.dumps(numeric_body()).encode()


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
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
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
