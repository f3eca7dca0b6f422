"""The same app behind uvicorn: what only real sockets show."""

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tenure.api import bodies
from tests.small.apps import listening

LABELS = "/api/v1/tenants/DL/models/arrival-delay/labels"


@pytest.fixture
def server(world: Any) -> Iterator[str]:
    """The address of a running server."""
    with listening(world.app, timeout_keep_alive=1) as address:
        yield address


def headers(world: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.keys['DL:admin']}", "Content-Type": "text/csv"}


def test_a_body_over_the_limit_is_refused_and_the_server_goes_on(world: Any, server: str) -> None:
    with httpx.Client(base_url=server, headers=headers(world)) as http:
        large = http.post(LABELS, content=b"x" * (bodies.ROWS + 1))
        assert (large.status_code, large.json()["code"]) == (413, "request.too_large")
        assert http.get("/api/v1/principal").status_code == 200


def test_a_chunked_body_over_the_limit_is_cut_off(world: Any, server: str) -> None:
    chunks = (b"x" * 1024**2 for _ in range(20))
    with httpx.Client(base_url=server, headers=headers(world)) as http:
        try:
            answer = http.post(LABELS, content=chunks)
        except httpx.WriteError:  # the server hung up while we were still sending
            return
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_a_websocket_is_turned_away(server: str) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    assert httpx.get(f"{server}/api/v1/tenants", headers=upgrade).status_code == 401


def test_two_hosts_or_a_forged_one_do_not_get_in(server: str) -> None:
    port = int(server.rpartition(":")[2])
    for lines in (b"Host: evil.example", b"Host: localhost\r\nHost: evil.example", b"X: y"):
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(
                b"GET /api/v1/health HTTP/1.1\r\n" + lines + b"\r\nConnection: close\r\n\r\n"
            )
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 400"), lines


def test_the_sdk_talks_to_it_as_to_the_app_in_process(world: Any, server: str) -> None:
    import tenure

    with tenure.connect(server, key=world.keys["_:admin"]) as t:
        assert [tenant["id"] for tenant in t.tenants.list()] == ["B6", "DL"]
        assert t.clock("DL").show()["mode"] == "wall"
