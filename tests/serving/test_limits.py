"""Bodies that are too large, too slow or cut, and more work than fits."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest

from tenure.core.columns import Column, ColumnType
from tests.serving.conftest import Served
from tests.serving.small import KEYS, NUMERIC, Home, numeric_body, tensor

HEAD = (
    "POST /v2/models/late/infer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    f"Authorization: Bearer {KEYS['DL']}\r\n"
)


def connected(served: Served) -> socket.socket:
    parts = urlsplit(served.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def test_a_declared_large_body_is_refused_before_it_is_read(shared: Served) -> None:
    with connected(shared) as line:
        line.sendall(f"{HEAD}Content-Length: {1 << 40}\r\n\r\n".encode())
        assert line.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_large_body_is_refused(client: httpx.Client) -> None:
    response = client.post("/v2/models/late/infer", content=b" " * ((16 << 20) + 1))
    assert (response.status_code, response.json()["code"]) == (413, "request.too_large")


def test_a_large_body_in_chunks_is_refused(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(33):
            yield b" " * (1 << 19)

    response = client.post("/v2/models/late/infer", content=chunks())
    assert (response.status_code, response.json()["code"]) == (413, "request.too_large")


def test_a_body_in_chunks_is_read(client: httpx.Client) -> None:
    content = json.dumps(numeric_body()).encode()
    response = client.post(
        "/v2/models/late/infer", content=(content[i : i + 7] for i in range(0, len(content), 7))
    )
    assert response.status_code == 200


def test_too_many_rows_are_refused(client: httpx.Client) -> None:
    response = client.post("/v2/models/late/infer", json={"inputs": [tensor("x0", [0] * 70_000)]})
    assert (response.status_code, response.json()["code"]) == (413, "request.too_many_rows")


def test_a_client_that_goes_away_harms_nobody(shared: Served) -> None:
    for sent in (b"", b'{"inputs": ['):
        with connected(shared) as line:
            line.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n".encode() + sent)
            time.sleep(0.05)
    with shared.client() as client:
        assert client.post("/v2/models/late/infer", json=numeric_body()).status_code == 200


def test_what_is_not_http_is_refused(shared: Served) -> None:
    with connected(shared) as line:
        line.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 400")


def test_small_questions_are_answered_while_a_large_one_is_worked_on(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(
        home.release("DL/late", arms=(home.arm(1, seconds=0.5),)), home.release("DL/quick")
    )
    served = serve(home)
    with ThreadPoolExecutor(1) as pool, served.client() as client, served.client() as other:
        slow = pool.submit(other.post, "/v2/models/late/infer", json=numeric_body(300))
        time.sleep(0.2)
        for _ in range(5):
            assert client.post("/v2/models/quick/infer", json=numeric_body()).status_code == 200
        assert not slow.done()
        assert slow.result().status_code == 200


def test_a_model_that_fails_is_our_mistake_and_says_nothing_of_the_inside(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(arms=(home.arm(1, poison=0.25),)))
    with serve(home).client() as client:
        body = {"inputs": [tensor(f"x{i}", [0.25]) for i in range(4)]}
        response = client.post("/v2/models/late/infer", json=body)
        assert (response.status_code, response.json()["code"]) == (500, "model.failed")
        assert "poison" not in response.text
        assert client.post("/v2/models/late/infer", json=numeric_body()).status_code == 200


def test_figures_tell_requests_errors_and_latency(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(arms=(home.arm(1), home.arm(2, "static"))))
    with serve(home).client() as client:
        for rows in (1, 2):
            client.post("/v2/models/late/infer", json=numeric_body(rows))
        client.post("/v2/models/late/infer", json={})
        time.sleep(0.1)
        lines = client.get("/metrics").text.splitlines()
    of = '{tenant="DL",model="late",version="%s"'
    assert f"tenure_prediction_requests_total{of % 1}}} 2" in lines
    assert f"tenure_prediction_rows_total{of % 1}}} 3" in lines
    assert f"tenure_shadow_rows_total{of % 2}}} 3" in lines
    assert f'tenure_prediction_errors_total{of % 1},code="request.malformed"}} 1' in lines
    assert f"tenure_prediction_latency_seconds_count{of % 1}}} 2" in lines
    assert f'tenure_prediction_latency_seconds_bucket{of % 1},le="+Inf"}} 2' in lines


def test_unseen_categories_are_answered_and_counted(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    place = Column('pl"ace', ColumnType.CATEGORY, levels=("a", "b"))
    home.publish(home.release(signature=replace(NUMERIC, features=(place,))))
    with serve(home).client() as client:
        for values in (["a", "x", None], ["y"], ["b"]):
            body = {"inputs": [tensor('pl"ace', values, "BYTES")]}
            assert client.post("/v2/models/late/infer", json=body).status_code == 200
        of = 'tenant="DL",model="late",feature="pl\\"ace"'
        assert f"tenure_category_unseen_total{{{of}}} 2" in client.get("/metrics").text


@pytest.mark.parametrize("size", [200_000, 5_000_000])
def test_a_body_that_is_read_in_a_thread_gives_the_same_answers(
    client: httpx.Client, size: int
) -> None:
    body = json.dumps(numeric_body(3)).encode()
    padded = body[:-1] + b" " * size + b"}"
    small = client.post("/v2/models/late/infer", content=body).json()
    large = client.post("/v2/models/late/infer", content=padded).json()
    assert small["outputs"] == large["outputs"]
