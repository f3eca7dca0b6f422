"""What the prediction log holds of answers and refusals."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenure.core.outcomes import FRAME_COLUMNS
from tests.serving.conftest import Served
from tests.serving.small import (
    MIXED,
    Home,
    expected,
    logged,
    numeric_body,
    tensor,
    wait_until,
)

KEYED = [
    tensor("flight", ["DL1", "DL2"], "BYTES"),
    tensor("day", [20130301, 20130302], "INT64"),
    tensor("at", ["2013-03-01T10:00:00+02:00", "2013-03-02 11:00:00"], "BYTES"),
]


@pytest.fixture
def ask(home: Home, serve: Callable[[Home], Served]) -> Callable[..., Any]:
    """Serve one model; return a function that asks it and returns the logged rows."""
    shadows = (home.arm(1), home.arm(1, "static"), home.arm(2, "blind"))
    home.publish(
        home.release(arms=shadows, pinned=(home.arm(7, "pinned"),)),
        home.release("DL/mixed", signature=MIXED),
        home.release("DL/safe", log="durable"),
    )
    client = serve(home).client()

    def asked(body: Any, rows: int, path: str = "late") -> tuple[Any, list[dict[str, Any]]]:
        response = client.post(f"/v2/models/{path}/infer", json=body)
        found = wait_until(lambda: logged(home.root) if len(logged(home.root)) >= rows else None)
        assert len(found) == rows
        return response, found

    return asked


def test_an_answer_is_logged_with_everything_that_judges_it(ask: Callable[..., Any]) -> None:
    before = datetime.now(UTC)
    body = numeric_body(2, id="rq-1")
    body["inputs"] += KEYED
    response, rows = ask(body, 6)
    first, second = (row for row in rows if row["lane"] == "champion")
    assert set(FRAME_COLUMNS) <= set(first)
    assert (first["tenant"], first["model"]) == ("DL", "late")
    assert [row["request_id"] for row in (first, second)] == ["rq-1", "rq-1"]
    assert [row["row"] for row in (first, second)] == [0, 1]
    assert (first["version"], first["deployment_id"], first["status"]) == (
        1,
        "dp_champion_1",
        "ok",
    )
    assert first["time"] == datetime(2013, 3, 1, 8, tzinfo=UTC)
    assert second["time"] == datetime(2013, 3, 2, 11, tzinfo=UTC)
    assert before <= first["received"] <= datetime.now(UTC)
    assert 0 < first["latency_us"] < 10_000_000
    assert first["key"] == "DL1\x1f20130301"
    assert second["key"] == "DL2\x1f20130302"
    assert [first["output"], second["output"]] == [
        [value] for value in response.json()["outputs"][0]["data"]
    ]
    assert [second[f"f:x{i}"] for i in range(4)] == [0.1] * 4
    assert "f:flight" not in first


def test_shadows_answer_in_their_own_lanes_without_the_features(ask: Callable[..., Any]) -> None:
    _, rows = ask(numeric_body(2), 6)
    for lane, version in (("static", 1), ("blind", 2)):
        shadows = [row for row in rows if row["lane"] == lane]
        assert [row["output"] for row in shadows] == [
            [expected([0.1 * i] * 4, shift=version)] for i in range(2)
        ]
        assert {row["version"] for row in shadows} == {version}
        assert {row["deployment_id"] for row in shadows} == {f"dp_{lane}_{version}"}
        assert {row["f:x1"] for row in shadows} == {None}


def test_a_version_asked_for_by_url_is_not_the_champions_answer(ask: Callable[..., Any]) -> None:
    _, (row,) = ask(numeric_body(), 1, "late/versions/7")
    assert (row["lane"], row["version"]) == ("pinned", 7)


def test_without_key_and_time_the_machines_time_stands_in(ask: Callable[..., Any]) -> None:
    _, rows = ask(numeric_body(), 3)
    assert {row["key"] for row in rows} == {None}
    assert all(row["time"] == row["received"] for row in rows)


def test_a_row_without_its_key_has_none(ask: Callable[..., Any]) -> None:
    body = numeric_body(2)
    body["inputs"] += [
        tensor("flight", ["DL1", None], "BYTES"),
        tensor("day", ["x", "y"], "BYTES"),
    ]
    _, rows = ask(body, 6)
    assert [row["key"] for row in rows if row["lane"] == "champion"] == ["DL1\x1fx", None]


def test_features_are_logged_as_they_were_understood(ask: Callable[..., Any]) -> None:
    body = {
        "inputs": [
            tensor("distance", [100], "INT64"),
            tensor("gust", [None]),
            tensor("stops", [2], "INT64"),
            tensor("delayed", [False], "BOOL"),
            tensor("origin", ["LGA"], "BYTES"),
            tensor("booked", [1_500_000], "INT64"),
        ]
    }
    _, (row,) = ask(body, 1, "mixed")
    assert {name: value for name, value in row.items() if name.startswith("f:")} == {
        "f:distance": 100.0,
        "f:gust": None,
        "f:stops": 2.0,
        "f:delayed": 0.0,
        "f:origin": "LGA",
        "f:booked": 1.5,
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"id": "bad-1"}, "request.malformed"),
        ({**numeric_body(id="bad-1"), "outputs": [{"name": "x"}]}, "request.unknown_output"),
        ({"id": "bad-1", "inputs": [tensor("x0", ["x"])]}, "feature.bad_value"),
    ],
)
def test_a_refused_request_is_logged_with_its_code(
    ask: Callable[..., Any], body: Any, code: str
) -> None:
    response, (row,) = ask(body, 1)
    assert response.json()["code"] == row["status"] == code
    assert (row["lane"], row["row"], row["output"], row["f:x0"]) == ("champion", 0, None, None)
    understood = code != "request.malformed"
    assert (row["request_id"] == "bad-1") == understood
    assert response.headers.get("x-request-id") == ("bad-1" if understood else None)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ([tensor("flight", ["DL1"], "BYTES")], "key.incomplete"),
        ([tensor("flight", ["a\x1fb"], "BYTES"), tensor("day", ["x"], "BYTES")], "key.bad_value"),
        ([tensor("flight", ["a\x00"], "BYTES"), tensor("day", ["x"], "BYTES")], "key.bad_value"),
        ([tensor("flight", [1.5]), tensor("day", ["x"], "BYTES")], "feature.bad_datatype"),
        ([tensor("flight", ["1"], "INT64"), tensor("day", ["x"], "BYTES")], "key.bad_value"),
        ([tensor("at", [None], "BYTES")], "feature.bad_value"),
        ([tensor("at", ["soon"], "BYTES")], "feature.bad_value"),
        ([tensor("at", [(datetime.now(UTC) + timedelta(hours=1)).isoformat()], "BYTES")], "time.in_future"),
        ([tensor("at", [int(time.time() * 1e6) + 10**10], "INT64")], "time.in_future"),
    ],
)  # fmt: skip
def test_a_key_or_time_that_cannot_be_is_refused(
    ask: Callable[..., Any], inputs: list[Any], code: str
) -> None:
    body = numeric_body()
    response, _ = ask({"inputs": body["inputs"] + inputs}, 1)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_a_clock_that_is_a_little_fast_is_taken(ask: Callable[..., Any]) -> None:
    at = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    response, _ = ask({"inputs": numeric_body()["inputs"] + [tensor("at", [at], "BYTES")]}, 3)
    assert response.status_code == 200


def test_a_large_batch_is_logged_whole(ask: Callable[..., Any]) -> None:
    response, rows = ask(numeric_body(5000), 15_000)
    assert response.json()["outputs"][0]["shape"] == [5000]
    for lane in ("champion", "static", "blind"):
        assert [row["row"] for row in rows if row["lane"] == lane] == list(range(5000))


def test_a_durable_answer_is_in_the_log_when_it_comes(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(log="durable"))
    served = serve(home)

    def ask(line: int) -> None:
        with served.client() as client:
            for number in range(10):
                name = f"rq-{line}-{number}"
                client.post("/v2/models/late/infer", json=numeric_body(id=name))
                assert name in {row["request_id"] for row in logged(home.root)}

    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(ask, range(4)))) == 4
    assert len(logged(home.root)) == 40


def test_a_durable_model_does_not_answer_when_the_log_cannot_be_written(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(log="durable"))
    client = serve(home).client()
    (home.root / "log").rmdir()
    response = client.post("/v2/models/late/infer", json=numeric_body())
    assert (response.status_code, response.json()["code"]) == (503, "log.write_failed")
    assert response.headers["retry-after"] == "1"
    (home.root / "log").mkdir()
    assert client.post("/v2/models/late/infer", json=numeric_body()).status_code == 200


def test_answers_wait_in_memory_while_the_log_cannot_be_written(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release())
    client = serve(home).client()
    (home.root / "log").rmdir()
    for number in range(5):
        response = client.post("/v2/models/late/infer", json=numeric_body(id=f"rq-{number}"))
        assert response.status_code == 200
    time.sleep(0.1)
    (home.root / "log").mkdir()
    rows = wait_until(lambda: logged(home.root) if len(logged(home.root)) == 5 else None)
    assert [row["request_id"] for row in rows] == [f"rq-{number}" for number in range(5)]
