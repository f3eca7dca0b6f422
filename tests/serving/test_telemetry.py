"""What the access log tells of requests, whichever way they came; and what it never tells."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from tenure.adapters.telemetry.access import AccessFile
from tenure.app.telemetry import Told
from tests.serving.asking import MATRIX
from tests.serving.conftest import Served, served
from tests.serving.rpc.test_service import Caller, question
from tests.serving.small import KEYS, MIXED, Home, numeric_body, wait_until
from tests.serving.test_door import asked, connected, matrix

INFER = "/v2/models/late/infer"


class Watched(Served):
    """A server whose access log is read."""

    path: Path

    def told(self, count: int) -> list[dict[str, Any]]:
        """Return all lines once there are so many."""
        wait_until(lambda: len(self._lines()) >= count)
        return self._lines()

    def _lines(self) -> list[dict[str, Any]]:
        with suppress(FileNotFoundError):
            return [json.loads(text) for text in self.path.read_text().splitlines()]
        return []


@pytest.fixture
def watched(home: Home) -> Iterator[Watched]:
    home.publish(
        home.release("DL/late", arms=(home.arm(1),), pinned=(home.arm(7, "pinned"),)),
        home.release("DL/mixed", signature=MIXED),
        home.release("DL/slow", log="durable"),
        home.release("B6/secret-name"),
    )
    path = home.root / "access.jsonl"
    with served(home, told=Told(AccessFile(path))) as found:
        found.wait_for(1)
        one = Watched(home, found.url, found.grpc, found.stop)
        one.path = path
        yield one


def test_the_short_way_the_ordinary_way_and_grpc_tell_the_same(watched: Watched) -> None:
    body = json.dumps({"id": "rq-1", "inputs": [MATRIX]}).encode()
    with connected(watched) as line:
        for _ in range(2):  # the second one comes the short way
            line.send(asked(body))
            sent = len(json.dumps(line.answer()[2], separators=(",", ":")))
    caller = Caller(watched.grpc)
    message = question(id="rq-1")
    caller.call("ModelInfer", message)
    caller.close()
    ordinary, short, remote = watched.told(3)
    for one in (ordinary, short, remote):
        assert one.pop("time").endswith("Z")
        assert one.pop("latency_us") > 0
    assert (
        ordinary
        == short
        == {
            "protocol": "http",
            "page": "infer",
            "method": "POST",
            "tenant": "DL",
            "model": "late",
            "version": 1,
            "lane": "champion",
            "request_id": "rq-1",
            "status": 200,
            "code": "ok",
            "rows": 1,
            "bytes_in": len(body),
            "bytes_out": sent,
            "client": "127.0.0.1",
        }
    )
    del short["method"]
    size = len(message.SerializeToString())
    assert remote == {**short, "protocol": "grpc", "status": 0, "bytes_in": size} | {
        "bytes_out": remote["bytes_out"]
    }


@pytest.mark.parametrize(
    ("ask", "line"),
    [
        (lambda c: c.post(INFER, json=numeric_body(3)), {"rows": 3}),
        (lambda c: c.post("/v2/models/late/versions/7/infer", json=numeric_body()), {"version": 7}),
        (lambda c: c.post("/v2/models/slow/infer", json=numeric_body()), {"model": "slow"}),
        (lambda c: c.post(INFER, content=b"{"), {"status": 400, "code": "request.malformed"}),
        (
            lambda c: c.post(INFER, json=numeric_body(), headers={"content-encoding": "gzip"}),
            {"status": 400, "code": "request.encoded", "model": "late"},
        ),
        (lambda c: c.get("/v2/models/late"), {"page": "model", "method": "GET", "code": "ok"}),
        (lambda c: c.get("/v2/models/late/ready"), {"page": "ready", "status": 200}),
        (lambda c: c.get("/metrics"), {"page": "metrics", "status": 200}),
        (lambda c: c.get("/v2/openapi.json"), {"page": "openapi"}),
        (lambda c: c.get("/elsewhere"), {"page": "", "status": 404, "code": "page.not_found"}),
        (lambda c: c.get(INFER), {"page": "infer", "status": 405, "code": "http.405"}),
        (
            lambda c: c.post(
                "/v2/models/late/invocations",
                content="x0,x1,x2,x3\n1,2,3,4\n",
                headers={"content-type": "text/csv"},
            ),
            {"page": "invocations", "rows": 1, "model": "late"},
        ),
    ],
)
def test_every_page_has_its_line(
    watched: Watched, ask: Callable[[httpx.Client], Any], line: dict[str, Any]
) -> None:
    with watched.client() as client:
        ask(client)
    (found,) = watched.told(1)
    assert line.items() <= found.items()
    assert (found["tenant"], found["client"]) == ("DL", "127.0.0.1")


def test_nobodys_secrets_and_no_value_come_into_the_log(watched: Watched) -> None:
    """Keys, values, outputs, and names that a client only guessed."""
    value = 0.7654321
    with watched.client() as client:
        for path in ("secret-name", "invented"):
            assert client.post(f"/v2/models/{path}/infer", json=numeric_body()).status_code == 404
        assert client.post("/t/B6/v2/models/secret-name/infer", json={}).status_code == 404
        answer = client.post(INFER, json={"inputs": [{**MATRIX, "data": [value] * 4}]}).json()
        client.post(INFER, content=f'{{"inputs": {value}'.encode())
        client.get("/v2/health/live")
        unknown = httpx.post(watched.url + INFER, headers={"Authorization": "Bearer tnr_nobody"})
        assert unknown.status_code == 401
    with connected(watched) as line:
        for _ in range(2):
            line.send(asked(matrix(value, value, value, value)))
            line.answer()
    caller = Caller(watched.grpc)
    assert caller.refused("ModelInfer", question("secret-name"))[0] == "NOT_FOUND"
    caller.call("ServerLive", b"", tenant="")
    with pytest.raises(grpc.RpcError):
        caller.call("ModelInfer", question("late"), tenant="")
    caller.close()
    found = watched.told(10)
    watched.stop()
    text = watched.path.read_text()
    assert len(found) == len(text.splitlines()) == 10  # the health is asked by nobody
    for never in (*KEYS.values(), "tnr_", "B6", "secret-name", "invented", str(value)):
        assert never not in text
    assert str(answer["outputs"][0]["data"][0]) not in text
    assert [one["code"] for one in found if one["status"] == 401] == ["key.unknown"]
    assert [one["code"] for one in found if one["protocol"] == "grpc"] == [
        "model.not_found",
        "key.missing",
    ]


def test_the_house_is_told_apart_from_the_tenant_it_asks_for(watched: Watched) -> None:
    with watched.client("_") as client:
        assert client.post(f"/t/DL{INFER}", json=numeric_body()).status_code == 200
        assert client.post(f"/t/DL{INFER}", json={}).status_code == 400
        assert client.get("/metrics").status_code == 200
    assert [one["tenant"] for one in watched.told(3)] == ["DL", "DL", "_"]


def test_a_client_that_goes_away_has_its_line(watched: Watched) -> None:
    with connected(watched) as line:
        line.send(asked(matrix(1.0, 2.0, 3.0, 4.0))[:-5])
    (found,) = watched.told(1)
    assert (found["code"], found["page"], "status" in found) == ("client.gone", "infer", False)


def test_what_was_lost_is_a_figure(home: Home, tmp_path: Path) -> None:
    home.publish(home.release())
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    name = "tenure_access_dropped_lines_total"
    with served(home, told=Told(AccessFile(blocked / "access.jsonl"))) as found:
        found.wait_for(1)
        with found.client() as client:
            assert client.post(INFER, json=numeric_body()).status_code == 200

        def lost() -> bool:
            figures = house.get("/metrics").text
            return re.search(rf"^{name} [1-9]", figures, re.MULTILINE) is not None

        with found.client("_") as house:
            wait_until(lost)
