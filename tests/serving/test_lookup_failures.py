"""Stores that fail: the fallback answers in time, a dead store is left alone, others are not touched."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.serving.asking import good, refused
from tests.serving.conftest import Served, free_port
from tests.serving.small import Home, logged, numeric_body, wait_until
from tests.serving.test_lookups import INFER, PROFILE, SCORE, answer, body, churn, outputs

QUICK = replace(PROFILE, timeout_ms=30)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def store(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """A store that knows customer 1, to which the look-ups point."""
    monkeypatch.setenv("TEST_LOOKUP_REDIS", redis_url)
    with closing(redis.Redis.from_url(redis_url)) as found:
        found.flushdb()
        found.hset("DL:customer:1", mapping={"plan": "gold", "days": 30})
        yield found


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of a Redis that is not there."""
    monkeypatch.setenv("TEST_LOOKUP_REDIS", f"redis://u:sesame@127.0.0.1:{free_port()}/0")


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setenv("TEST_LOOKUP_REDIS", f"redis://127.0.0.1:{port}/0")
        monkeypatch.setenv("TEST_LOOKUP_SQL", f"postgresql://u:sesame@127.0.0.1:{port}/x")
        yield


@contextmanager
def frozen(store: Any) -> Iterator[None]:
    """Stop the server's process for as long as the block lasts."""
    process = store.info("server")["process_id"]
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def hows(served: Served, count: int) -> list[str]:
    """Return how `plan` came, of the logged rows once there are so many."""
    wait_until(lambda: len(logged(served.home.root)) >= count)
    return [json.loads(row["lookups"])["plan"] for row in logged(served.home.root)]


def figure(served: Served, name: str) -> float:
    with served.client("_") as client:
        lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_without_a_store_the_fallback_answers(
    home: Home, nobody: None, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home, PROFILE))
    served = serve(home)
    with served.client() as client:
        assert outputs(client, body("1", "2")) == [answer(1.0, "unknown", 0)] * 2
    assert hows(served, 2) == ["error"] * 2
    (row, _) = logged(served.home.root)
    assert (row["f:plan"], row["f:days"], row["status"]) == ("unknown", 0.0, "ok")


def test_a_silent_store_costs_its_time_only(
    home: Home, silent: None, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home, QUICK))
    served = serve(home)
    with served.client() as client:
        assert outputs(client, body("1")) == [answer(1.0, "unknown", 0)]
    assert hows(served, 1) == ["timeout"]


def test_a_dead_store_is_left_alone_and_asked_again_when_it_is_back(
    home: Home, store: redis.Redis, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home, replace(QUICK, timeout_ms=300)))
    served = serve(home)
    with served.client() as client:
        with frozen(store):  # it is there, and does not answer
            for _ in range(8):
                assert outputs(client, body("1")) == [answer(1.0, "unknown", 0)]
            found = hows(served, 8)
        assert found[:5] == ["timeout"] * 5
        assert "not asked" in found[5:]
        wait_until(lambda: outputs(client, body("1")) == [answer(1.0, "gold", 30)])
    assert figure(served, "tenure_lookup_open_breakers") == 0


def test_who_wants_no_fallback_is_refused(
    home: Home, nobody: None, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home, replace(PROFILE, otherwise="refuse")))
    served = serve(home)
    with served.client() as client:
        response = client.post(INFER, json=body("1"))
        assert refused(response, 503) == "lookup.unavailable"
        assert "sesame" not in response.text
        assert outputs(client, body("1", plan=["gold"], days=[3])) == [answer(1.0, "gold", 3)]
    wait_until(lambda: len(logged(served.home.root)) == 2)
    assert [row["status"] for row in logged(served.home.root)] == ["lookup.unavailable", "ok"]


def test_a_missing_key_is_the_clients_to_mend_where_nothing_holds_instead(
    home: Home, redis_url: str, serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_LOOKUP_REDIS", redis_url)
    home.publish(churn(home, replace(PROFILE, otherwise="refuse")))
    with serve(home).client() as client:
        response = client.post(INFER, json=body("there-is-no-such-customer"))
        assert refused(response) == "lookup.missing"
        assert "row 0" in response.json()["error"]


def test_a_silent_store_holds_up_nobody_else(
    home: Home, silent: None, serve: Callable[..., Served]
) -> None:
    slow = replace(PROFILE, timeout_ms=5_000)
    home.publish(churn(home, slow, replace(SCORE, timeout_ms=5_000)), home.release("DL/late"))
    served = serve(home)
    with served.client() as client, ThreadPoolExecutor(4) as threads:
        asked = body("1")
        asked["inputs"] = [one for one in asked["inputs"] if one["name"] != "score"]
        asked["inputs"] += [
            {"name": name, "shape": [1], "datatype": "BYTES", "data": ["1"]}
            for name in ("region", "shop")
        ]
        waiting = [threads.submit(served_answer, served, asked) for _ in range(4)]
        wait_until(lambda: figure(served, "tenure_requests_in_flight") == 4)
        for _ in range(20):
            good(client.post("/v2/models/late/infer", json=numeric_body()))
        assert not any(one.done() for one in waiting)
        assert [one.result() for one in waiting] == [[answer(1.0, "unknown", 0, None)]] * 4


def served_answer(served: Served, asked: dict[str, Any]) -> list[float]:
    with served.client() as client:
        return outputs(client, asked)


def test_who_asks_at_the_same_moment_is_asked_for_together(
    home: Home, store: redis.Redis, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home, replace(PROFILE, timeout_ms=9_000)))
    served = serve(home)
    with ThreadPoolExecutor(16) as threads:
        with frozen(store):
            asked = [threads.submit(served_answer, served, body("1")) for _ in range(16)]
            wait_until(lambda: figure(served, "tenure_requests_in_flight") == 16)
        found = [one.result() for one in asked]
    assert found == [[answer(1.0, "gold", 30)]] * 16
    assert figure(served, "tenure_lookup_calls_total") <= 3  # two, and one for who came later
    assert figure(served, "tenure_lookup_rows_total") == 16


def test_a_large_batch_is_looked_up_too(
    home: Home, store: redis.Redis, serve: Callable[..., Served]
) -> None:
    del store  # it is there
    home.publish(churn(home, replace(PROFILE, timeout_ms=9_000)))
    with serve(home).client() as client:
        found = outputs(client, body(*(str(row) for row in range(3000))))
    assert found.count(answer(1.0, "gold", 30)) == 1
    assert found[1] == answer(1.0, "gold", 30)
    assert found.count(answer(1.0, "unknown", 0)) == 2999


def test_a_process_ends_although_a_store_is_silent(
    home: Home, silent: None, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home, QUICK))
    served = serve(home)
    with served.client() as client:
        outputs(client, body("1"))
    served.stop()
    assert hows(served, 1) == ["timeout"]
