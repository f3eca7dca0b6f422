"""The short way in: the same answers as the long way, whatever comes in whatever pieces."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenure.serving.heads import Known, known_of
from tests.serving.conftest import Served, served
from tests.serving.small import KEYS, Home, expected, grants, logged, numeric_body, wait_until

HEAD = (
    b"POST /v2/models/late/infer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\nAccept: */*\r\n\r\n"
)
KEY = KEYS["DL"].encode()


def matrix(*values: float) -> bytes:
    tensor = {"name": "rows", "shape": [1, 4], "datatype": "FP64", "data": list(values)}
    return json.dumps({"inputs": [tensor]}).encode()


def asked(body: bytes, key: bytes = KEY) -> bytes:
    return HEAD % (key, len(body)) + body


class Line:
    """A connection that says exactly what it is told to."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self._rest = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and body of the next answer."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in lines)}
        length = int(headers["content-length"])
        while len(self._rest) < length:
            self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        return int(first.split()[1]), headers, json.loads(body)

    def is_closed(self) -> bool:
        try:
            return self._rest == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _more(self) -> None:
        data = self.socket.recv(65536)
        assert data, "the server hung up"
        self._rest += data


@pytest.fixture
def line(shared: Served) -> Iterator[Line]:
    with connected(shared) as found:
        yield found


@contextmanager
def connected(served: Served) -> Iterator[Line]:
    line = Line(served.url)
    yield line
    line.socket.close()


def probability(answer: tuple[int, dict[str, str], Any]) -> float:
    status, _, body = answer
    assert status == 200, body
    return float(body["outputs"][0]["data"][0])


def test_the_second_request_is_answered_as_the_first_one_was(line: Line) -> None:
    answers = []
    for _ in range(2):
        line.send(asked(matrix(0.1, 0.2, 0.3, 0.4)))
        answers.append(line.answer())
    (_, long_way, first), (_, short_way, second) = answers
    assert set(long_way) == set(short_way)
    assert short_way["x-tenure-version"] == "1"
    assert short_way["x-request-id"] == second["id"] != first["id"]
    assert first["outputs"] == second["outputs"]


@pytest.mark.parametrize("digits", [1, 3, 12, 17])
def test_bodies_of_any_length_follow_each_other(line: Line, digits: int) -> None:
    for number in range(6):
        value = round(0.123456789123456789 + number, digits)
        line.send(asked(matrix(value, 1.0, 2.0, 3.0)))
        assert probability(line.answer()) == expected([value, 1.0, 2.0, 3.0], 1.0)


def test_a_request_may_come_in_two_pieces_cut_anywhere(line: Line) -> None:
    whole = asked(matrix(0.5, 0.5, 0.5, 0.5))
    line.send(whole)
    line.answer()
    line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for cut in range(1, len(whole), 7):
        line.send(whole[:cut])
        time.sleep(0.001)
        line.send(whole[cut:])
        assert probability(line.answer()) == expected([0.5] * 4, 1.0)


def test_pipelined_requests_are_answered_in_order(line: Line) -> None:
    line.send(asked(matrix(0.0, 0.0, 0.0, 0.0)))
    line.answer()
    values = [number / 8 for number in range(8)]
    line.send(b"".join(asked(matrix(*[value] * 4)) for value in values))
    found = [probability(line.answer()) for _ in values]
    assert found == [expected([value] * 4, 1.0) for value in values]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "request.malformed"),
        (b"{", 400, "request.malformed"),
        (b"\xff\xfe", 400, "request.malformed"),
        (matrix(1.0, 2.0, 3.0), 400, "request.bad_shape"),
        (matrix(1.0, 2.0, 3.0, 4.0).replace(b"FP64", b"FP65"), 400, "feature.bad_datatype"),
        (matrix(1.0, 2.0, 3.0, 4.0).replace(b"3.0", b"null"), 400, "feature.bad_value"),
        (matrix(1.0, 2.0, 3.0, 4.0).replace(b"3.0", b"true"), 400, "feature.bad_value"),
        (matrix(1.0, 2.0, 3.0, 4.0).replace(b"3.0", b'"3"'), 400, "feature.bad_value"),
        (matrix(1.0, 2.0, 3.0, 4.0).replace(b"3.0", b"NaN"), 400, "request.not_finite"),
        (matrix(1.0, 2.0, 3.0, 4.0).replace(b"3.0", b"1e999"), 400, "request.malformed"),
    ],
)
def test_what_is_refused_is_refused_in_the_same_words(
    line: Line, body: bytes, status: int, code: str
) -> None:
    line.send(asked(body))
    long_way = line.answer()
    line.send(asked(matrix(1.0, 2.0, 3.0, 4.0)))
    line.answer()
    line.send(asked(body))
    short_way = line.answer()
    assert (short_way[0], short_way[2]["code"]) == (status, code)
    assert (long_way[0], long_way[2]) == (short_way[0], short_way[2])


def test_integers_among_floats_are_numbers_too(line: Line) -> None:
    for _ in range(2):
        line.send(asked(matrix(1, 2, 3.5, 4)))
        assert probability(line.answer()) == expected([1, 2, 3.5, 4], 1.0)


def test_another_key_on_the_same_connection_is_another_tenant(line: Line) -> None:
    body = matrix(0.0, 0.0, 0.0, 0.0)
    for _ in range(2):
        for tenant, shift in (("DL", 1.0), ("B6", 5.0)):
            line.send(asked(body, KEYS[tenant].encode()))
            assert probability(line.answer()) == expected([0.0] * 4, shift)
        line.send(asked(body, b"tnr_nobody"))
        assert line.answer()[0] == 401


def test_closing_is_agreed_upon_as_http_says(shared: Served) -> None:
    with connected(shared) as line:
        line.send(asked(matrix(0.0, 0.0, 0.0, 0.0)))
        line.answer()
        line.send(asked(matrix(0.0, 0.0, 0.0, 0.0)).replace(b"Accept: */*", b"Connection: close"))
        assert line.answer()[1]["connection"] == "close"
        assert line.is_closed()


def test_what_is_not_http_is_refused_in_the_protocols_shape(shared: Served) -> None:
    with connected(shared) as line:
        line.send(b"HELO there\r\n\r\n")
        status, headers, body = line.answer()
        assert (status, body["code"]) == (400, "request.malformed")
        assert headers["connection"] == "close"
        assert line.is_closed()


def test_a_client_that_closes_its_half_is_answered_or_left(shared: Served) -> None:
    """As uvicorn does it: an end of stream is a hang-up. Nobody else notices."""
    with connected(shared) as line, connected(shared) as other:
        line.send(asked(matrix(0.0, 0.0, 0.0, 0.0))[:-5])
        line.socket.shutdown(socket.SHUT_WR)
        assert line.is_closed()
        other.send(asked(matrix(0.0, 0.0, 0.0, 0.0)))
        assert probability(other.answer()) == expected([0.0] * 4, 1.0)


def test_a_head_that_comes_too_slowly_is_refused(home: Home) -> None:
    with served(home, head_seconds=0.05) as found, connected(found) as line:
        line.send(b"POST /v2/mod")
        assert line.answer()[2]["code"] == "request.too_slow"
        assert line.is_closed()


def test_a_key_that_was_withdrawn_or_has_expired_opens_nothing(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release())
    running = serve(home)
    with connected(running) as line:
        for _ in range(2):
            line.send(asked(matrix(0.0, 0.0, 0.0, 0.0)))
            assert line.answer()[0] == 200
        soon = datetime.now(UTC) + timedelta(seconds=0.3)
        index = home.releases.index()
        keys = tuple(replace(grant, expires_at=soon) for grant in grants())
        running.wait_for(home.point(replace(index, keys=keys)).generation)
        wait_until(lambda: datetime.now(UTC) > soon)
        line.send(asked(matrix(0.0, 0.0, 0.0, 0.0)))
        assert line.answer()[2]["code"] == "key.expired"
        running.wait_for(home.point(replace(index, keys=())).generation)
        line.send(asked(matrix(0.0, 0.0, 0.0, 0.0)))
        assert line.answer()[2]["code"] == "key.unknown"


def test_a_model_that_fails_or_a_version_that_changes_is_told_the_short_way_too(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(arms=(home.arm(1, poison=66.0),)))
    running = serve(home)
    with connected(running) as line:
        for _ in range(2):
            line.send(asked(matrix(66.0, 0.0, 0.0, 0.0)))
            assert (line.answer()[0], 500) == (500, 500)
            line.send(asked(matrix(1.0, 0.0, 0.0, 0.0)))
            assert line.answer()[1]["x-tenure-version"] == "1"
        running.wait_for(home.publish(home.release(arms=(home.arm(2),))).generation)
        line.send(asked(matrix(1.0, 0.0, 0.0, 0.0)))
        assert line.answer()[1]["x-tenure-version"] == "2"
    running.stop()
    statuses = [row["status"] for row in logged(home.root)]
    assert statuses == ["model.failed", "ok"] * 2 + ["ok"]


def test_durable_answers_come_the_short_way_and_are_in_the_log(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(log="durable"))
    running = serve(home)
    with connected(running) as line:
        for number in range(4):
            line.send(asked(numeric(f"rq-{number}")))
            assert line.answer()[2]["id"] == f"rq-{number}"
            assert logged(home.root)[-1]["request_id"] == f"rq-{number}"
        # a second request while the first one waits for the disk
        line.send(asked(numeric("rq-4")) + asked(numeric("rq-5")))
        assert [line.answer()[2]["id"] for _ in range(2)] == ["rq-4", "rq-5"]


def numeric(name: str) -> bytes:
    return json.dumps(numeric_body(id=name)).encode()


def remembered(head: bytes) -> Known | None:
    first, *lines = head.rstrip().split(b"\r\n")
    headers = [(n.lower(), v) for n, v in (line.split(b": ", 1) for line in lines)]
    return known_of(head, headers, first.split()[1].decode())


def test_a_head_is_known_again_by_every_byte_but_the_digits_of_its_length() -> None:
    known = remembered(HEAD % (KEY, 2))
    assert known is not None
    assert known.body_of(asked(b"{}")) == b"{}"
    assert known.body_of(asked(b"x" * 1000)) == b"x" * 1000
    assert known.body_of(asked(b"")) == b""
    for other in (
        asked(b"{}").replace(b"Host: x", b"Host: y"),
        asked(b"{}").replace(b"POST", b"GET "),
        asked(b"{}", b"tnr_other"),
        asked(b"{}") + b" ",
        asked(b"{}")[:-1],
        (HEAD % (KEY, 3)) + b"{}",
        asked(b"{}").replace(b": 2\r", b": +2\r"),
        asked(b"{}").replace(b": 2\r", b": 2 \r"),
        asked(b"{}").replace(b": 2\r", b": \r"),
        asked(b"{}").replace(b"Accept: */*", b"Transfer-Encoding: chunked"),
    ):
        assert known.body_of(other) is None


@pytest.mark.parametrize(
    ("change", "to"),
    [
        (b"/infer", b"/ready"),
        (b"/v2/models", b"/elsewhere"),
        (b"Accept: */*", b"Transfer-Encoding: chunked"),
        (b"Accept: */*", b"Expect: 100-continue"),
        (b"Accept: */*", b"Content-Encoding: gzip"),
        (b"Accept: */*", b"Content-Length: 7"),
        (b"Accept: */*", b"Inference-Header-Content-Length: 1"),
        (b"application/json", b"text/csv"),
        (b"Content-Length: 2", b"Content-Size: 2"),
    ],
)
def test_only_ordinary_heads_are_remembered(change: bytes, to: bytes) -> None:
    assert remembered((HEAD % (KEY, 2)).replace(change, to)) is None
