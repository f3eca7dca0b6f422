"""Applying releases while requests come: no request fails, none is answered by a mixture."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tenure.ports.releases import Acknowledgement
from tests.serving.conftest import Served
from tests.serving.small import NUMERIC, Home, expected, logged, numeric_body, wait_until

URL = "/v2/models/late/infer"


def latest(served: Served) -> Acknowledgement:
    (found,) = served.acks
    return found


def test_nothing_is_ready_before_the_first_index(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    served = serve(home)
    assert httpx.get(f"{served.url}/v2/health/live").status_code == 200
    ready = httpx.get(f"{served.url}/v2/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"ready": False})
    with served.client() as client:
        asked = client.post(URL, json=numeric_body())
        assert (asked.status_code, asked.json()["code"]) == (503, "serving.not_ready")
        assert served.acks == []
        home.publish(home.release())
        wait_until(lambda: httpx.get(f"{served.url}/v2/health/ready").status_code == 200)
        assert client.post(URL, json=numeric_body()).status_code == 200
    assert latest(served).generation == 1


def test_swaps_under_load_fail_no_request(home: Home, serve: Callable[[Home], Served]) -> None:
    home.publish(home.release(arms=(home.arm(1),)))
    served = serve(home)
    done = threading.Event()

    def ask() -> list[str]:
        versions = []
        with served.client() as client:
            while not done.is_set():
                response = client.post(URL, json=numeric_body())
                assert response.status_code == 200, response.text
                body = response.json()
                (value,) = body["outputs"][0]["data"]
                assert value == expected([0.0] * 4, shift=float(body["model_version"]))
                assert response.headers["x-tenure-version"] == body["model_version"]
                versions.append(body["model_version"])
        return versions

    with ThreadPoolExecutor(4) as pool:
        lines = [pool.submit(ask) for _ in range(4)]
        for version in range(2, 22):
            shadows = (home.arm(version - 1, "before"),)
            index = home.publish(home.release(arms=(home.arm(version), *shadows)))
            served.wait_for(index.generation)
        time.sleep(0.05)
        done.set()
        answered = [line.result() for line in lines]
    for versions in answered:
        assert versions == sorted(versions, key=int)  # no line ever goes back
        assert versions[-1] == "21"
    by_request = {row["request_id"]: row for row in logged(home.root) if row["lane"] == "champion"}
    assert all(
        row["deployment_id"] == f"dp_champion_{row['version']}" for row in by_request.values()
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"width": 3}, "width"),
        ({"answer": float("nan")}, "finite"),
        ({"poison": 0.0}, "poisoned"),
    ],
)
def test_a_version_that_cannot_answer_is_reported_and_the_old_one_stays(
    home: Home, serve: Callable[[Home], Served], settings: dict[str, Any], words: str
) -> None:
    home.publish(home.release())
    served = serve(home)
    index = home.publish(home.release(arms=(home.arm(2, **settings),)), home.release("DL/other"))
    served.wait_for(index.generation)
    failed = latest(served).failed or {}
    assert set(failed) == {"DL/late"}
    assert words in failed["DL/late"]
    with served.client() as client:
        assert client.post(URL, json=numeric_body()).json()["model_version"] == "1"
        assert client.post("/v2/models/other/infer", json=numeric_body()).status_code == 200
    index = home.publish(home.release(arms=(home.arm(3),)))
    served.wait_for(index.generation)
    assert latest(served).failed is None
    with served.client() as client:
        assert client.post(URL, json=numeric_body()).json()["model_version"] == "3"


def test_a_broken_champion_of_a_new_model_is_not_found(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish()
    served = serve(home)
    served.wait_for(home.publish(home.release(arms=(home.arm(1, width=2),))).generation)
    assert "DL/late" in (latest(served).failed or {})
    with served.client() as client:
        assert client.post(URL, json=numeric_body()).status_code == 404


@pytest.mark.parametrize("missing", ["release", "blob", "runtime", "champion", "owner"])
def test_whatever_is_missing_is_reported(
    home: Home, serve: Callable[[Home], Served], missing: str
) -> None:
    release = home.release()
    match missing:
        case "runtime":
            release = replace(release, arms=(replace(release.arms[0], runtime="none"),))
        case "champion":
            release = replace(release, arms=(home.arm(1, "static"),))
    index = home.publish()
    served = serve(home)
    named = {"DL/late": home.releases.publish(release)}
    match missing:
        case "release":
            named = {"DL/late": "sha256:" + "0" * 64}
        case "blob":
            home.blobs.remove(release.arms[0].files["mean.json"])
        case "owner":
            named = {"B6/late": named["DL/late"]}
    index = home.point(replace(index, releases=named))
    served.wait_for(index.generation)
    assert list(latest(served).failed or {}) == list(index.releases)


def test_what_failed_is_tried_again(home: Home, serve: Callable[[Home], Served]) -> None:
    release = home.release()
    digest = release.arms[0].files["mean.json"]
    content = home.blobs.get(digest)
    home.blobs.remove(digest)
    home.publish()
    served = serve(home)
    served.wait_for(home.publish(release).generation)
    assert latest(served).failed
    home.blobs.put(content)
    wait_until(lambda: latest(served).failed is None)
    with served.client() as client:
        assert client.post(URL, json=numeric_body()).status_code == 200


def test_a_pinned_version_that_breaks_does_not_stop_the_others(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(pinned=(home.arm(8, "pinned", width=9), home.arm(9, "pinned"))))
    served = serve(home)
    assert latest(served).failed is None
    with served.client() as client:
        assert [asked(client, version) for version in (8, 9)] == [503, 200]
        assert client.post(URL, json=numeric_body()).status_code == 200


def asked(client: httpx.Client, version: int) -> int:
    return client.post(f"/v2/models/late/versions/{version}/infer", json=numeric_body()).status_code


def test_a_damaged_index_changes_nothing(home: Home, serve: Callable[[Home], Served]) -> None:
    home.publish(home.release())
    served = serve(home)
    path = home.root / "releases" / "index.json"
    whole = path.read_bytes()
    path.write_bytes(b"{")
    time.sleep(0.1)
    with served.client() as client:
        assert client.post(URL, json=numeric_body()).status_code == 200
        path.write_bytes(whole)
        index = home.publish(home.release(arms=(home.arm(2),)))
        served.wait_for(index.generation)
        assert client.post(URL, json=numeric_body()).json()["model_version"] == "2"


def test_a_retired_model_is_gone_and_a_withdrawn_one_is_not_found(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(), home.release("DL/other"))
    served = serve(home)
    index = home.releases.index()
    index = home.point(replace(index, releases={}, gone={"DL/late": "contract ended"}))
    served.wait_for(index.generation)
    with served.client() as client:
        for path in ("", "/ready", "/versions/1"):
            response = client.get(f"/v2/models/late{path}")
            assert (response.status_code, response.json()["code"]) == (410, "model.gone")
        assert client.post(URL, json=numeric_body()).status_code == 410
        assert client.get("/v2/models/other").status_code == 404
    with served.client("B6") as other:
        assert other.get("/t/DL/v2/models/late").status_code == 404


def test_a_changed_signature_and_its_version_come_together(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    """A request is checked and answered by the release it began with, however long it takes."""
    home.publish(home.release(arms=(home.arm(1, seconds=0.3),)))
    served = serve(home)
    fewer = replace(NUMERIC, features=NUMERIC.features[:2])
    with ThreadPoolExecutor(1) as pool, served.client() as client:
        before = pool.submit(client.post, URL, json=numeric_body(300))  # a thread answers it
        time.sleep(0.1)
        index = home.publish(home.release(signature=fewer, arms=(home.arm(2),)))
        served.wait_for(index.generation)
        assert before.result().json()["model_version"] == "1"
    with served.client() as client:
        short = {"inputs": numeric_body()["inputs"][:2]}
        assert client.post(URL, json=short).json()["model_version"] == "2"
        assert client.post(URL, json=numeric_body()).json()["code"] == "request.unknown_input"


def test_a_heartbeat_shows_that_the_process_lives(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release())
    served = serve(home)
    first = latest(served)
    later = wait_until(lambda: latest(served) if latest(served).at > first.at else None)
    assert later == replace(first, at=later.at)
    assert json.loads(json.dumps(first.process)) == first.process
