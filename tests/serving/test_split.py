"""Two versions behind one endpoint: who answers is decided by hash, said, logged and mirrored."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tenure.core.routing import Split
from tests.serving.conftest import Served, served
from tests.serving.small import Home, expected, logged, numeric_body, tensor, wait_until

URL = "/v2/models/late/infer"
SALT = "dp_candidate_2"
Answered = tuple[str, str]


def split_release(home: Home, share: float, *more: str, **parts: Any) -> Any:
    """Version 1 is live, version 2 answers a share; `more` are challengers of version 3."""
    arms = (home.arm(1), home.arm(2, "candidate"), *(home.arm(3, lane) for lane in more))
    return home.release(arms=arms, split=Split(SALT, share), key_columns=("flight",), **parts)


def ask(client: httpx.Client, request_id: str, *flights: str | None) -> Answered:
    """Ask for one row a flight; return who answered, and check that it did."""
    body = numeric_body(max(1, len(flights)), id=request_id)
    if any(flights):
        body["inputs"].append(tensor("flight", list(flights), "BYTES"))
    response = client.post(URL, json=body)
    assert response.status_code == 200, response.text
    said = response.json()
    version = response.headers["x-tenure-version"]
    assert said["model_version"] == version
    values = [0.1 * row for row in range(max(1, len(flights)))]
    told = [expected([value] * 4, shift=float(version)) for value in values]
    assert said["outputs"][0]["data"] == told
    return request_id, version


def by_hash(name: str, share: float) -> str:
    return "2" if Split(SALT, share).takes(name) else "1"


@pytest.fixture
def split(home: Home, serve: Callable[[Home], Served]) -> Served:
    home.publish(split_release(home, 0.3, "static"))
    return serve(home)


def test_the_key_decides_whatever_the_request_is_called(split: Served) -> None:
    with split.client() as client:
        for number in range(60):
            flight = f"UA{number % 20}"
            _, version = ask(client, f"rq-{number}", flight)
            assert version == by_hash(flight, 0.3)


def test_without_a_key_the_request_id_decides(split: Served) -> None:
    with split.client() as client:
        versions = {ask(client, f"rq-{number}") for number in range(60)}
    assert versions == {(f"rq-{n}", by_hash(f"rq-{n}", 0.3)) for n in range(60)}
    assert {version for _, version in versions} == {"1", "2"}


def test_rows_of_several_entities_are_answered_by_one_version(split: Served) -> None:
    with split.client() as client:
        for number in range(20):
            _, version = ask(client, f"rq-{number}", "UA1", "UA2", "UA3")
            assert version == by_hash(f"rq-{number}", 0.3)
            _, version = ask(client, f"again-{number}", "UA4", "UA4")
            assert version == by_hash("UA4", 0.3)


def test_a_version_that_is_asked_for_by_url_is_not_drawn(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    pinned = (home.arm(1, "pinned"), home.arm(2, "pinned"))
    home.publish(split_release(home, 0.5, pinned=pinned))
    found = serve(home)
    with found.client() as client:
        for version in ("1", "2"):
            for number in range(10):
                path = f"/v2/models/late/versions/{version}/infer"
                answer = client.post(path, json=numeric_body(1, id=f"rq-{number}"))
                assert answer.headers["x-tenure-version"] == version
    found.stop()
    lanes = {row["lane"] for row in logged(home.root) if row["version"] == 2}
    assert "pinned" in lanes
    assert "canary" not in lanes


def test_the_log_says_who_answered_and_who_answered_in_the_shadow(split: Served) -> None:
    with split.client() as client:
        asked = dict(ask(client, f"rq-{number}") for number in range(40))
    split.stop()
    rows = logged(split.home.root)
    for request_id, version in asked.items():
        mine = {row["lane"]: row for row in rows if row["request_id"] == request_id}
        if version == "2":
            assert {lane: row["version"] for lane, row in mine.items()} == {
                "canary": 2,
                "incumbent": 1,
                "static": 3,
            }
            assert mine["canary"]["deployment_id"] == SALT
            assert mine["canary"]["f:x0"] == 0.0  # who answered carries the inputs
            assert mine["incumbent"]["f:x0"] is None
        else:
            assert {lane: row["version"] for lane, row in mine.items()} == {
                "champion": 1,
                "candidate": 2,
                "static": 3,
            }
        for row in mine.values():
            assert row["output"] == [expected([0.0] * 4, shift=float(row["version"]))]


def test_a_candidate_without_a_share_answers_in_the_shadow_only(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(arms=(home.arm(1), home.arm(2, "candidate"))))
    found = serve(home)
    with found.client() as client:
        assert {ask(client, f"rq-{number}")[1] for number in range(20)} == {"1"}
    found.stop()
    lanes = [row["lane"] for row in logged(home.root)]
    assert (lanes.count("champion"), lanes.count("candidate")) == (20, 20)


def test_a_broken_request_to_a_split_endpoint_is_refused_as_any_other(split: Served) -> None:
    with split.client() as client:
        answer = client.post(URL, json={"inputs": []})
        assert answer.status_code == 400
        assert ask(client, "rq-1")[1] == by_hash("rq-1", 0.3)


@contextmanager
def two_servers(home: Home) -> Any:
    with served(home) as one, served(home) as other:
        wait_until(lambda: len(one.acks) == 2)
        applied_everywhere(one, 1)
        yield one, other


def applied_everywhere(one: Served, generation: int) -> None:
    wait_until(lambda: min(ack.generation for ack in one.acks) >= generation)


def test_every_process_and_every_start_of_it_decides_alike(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.publish(split_release(home, 0.5))

    def versions(one: Served) -> list[str]:
        with one.client() as client:
            return [ask(client, f"rq-{number}", f"UA{number}")[1] for number in range(50)]

    with two_servers(home) as (one, other):
        first, second = versions(one), versions(other)
    with served(home) as again:
        again.wait_for(1)
        third = versions(again)
    assert first == second == third
    assert set(first) == {"1", "2"}


def test_shares_and_swaps_change_under_load_without_a_failed_or_mixed_answer(
    tmp_path: Path,
) -> None:
    """Each answer is that of the version it names, on both processes, whatever is published."""
    home = Home(tmp_path)
    home.publish(split_release(home, 0.1))
    done = threading.Event()

    def keep_asking(one: Served, line: int) -> set[str]:
        seen = set()
        with one.client() as client:
            while not done.is_set():
                seen.add(ask(client, f"rq-{line}-{time.monotonic_ns()}")[1])
        return seen

    with two_servers(home) as servers, ThreadPoolExecutor(4) as pool:
        lines = [pool.submit(keep_asking, servers[line % 2], line) for line in range(4)]
        swaps = [
            split_release(home, 0.5),
            split_release(home, 1.0),
            home.release(arms=(home.arm(2),)),  # live: it takes over
            home.release(arms=(home.arm(1),)),  # and a rollback to the warm one
        ] * 3
        for release in swaps:
            applied_everywhere(servers[0], home.publish(release).generation)
        done.set()
        seen = set().union(*(line.result() for line in lines))
    assert seen == {"1", "2"}
    rows = [row for row in logged(home.root) if row["lane"] in {"champion", "canary"}]
    assert all(row["status"] == "ok" for row in rows)
