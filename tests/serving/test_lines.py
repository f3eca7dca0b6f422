"""Python models behind real servers: they are asked together, and fall alone."""

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton

from tenure.adapters.jail.hosting import HostedRuntimes
from tenure.core.hosting import RUNTIME, Hosting
from tenure.ports.releases import Arm
from tenure.serving.lines import Lines
from tenure.serving.rows import Rows
from tests.adapters.jail.attempts import children
from tests.adapters.jail.guests import PROGRAM, files
from tests.serving.asking import good, infer, refused
from tests.serving.conftest import Served, served
from tests.serving.small import (
    KEYS,
    NUMERIC,
    Home,
    MeanRuntimes,
    loaded,
    logged,
    numeric_body,
    wait_until,
)

CODE = """
import os, time
def predict(columns):
    asked = columns["x0"]
    if 7 in asked:
        time.sleep(60)
    if 8 in asked:
        os._exit(1)
    if 9 in asked:
        raise ValueError("an odd row")
    return columns["x0"] / 100 + len(columns["x0"])
"""
Serving = Callable[..., Served]
PATH = "/v2/models/snake/infer"


def arm(home: Home, version: int, lane: str = "champion", code: str = CODE) -> Arm:
    named = {name: home.blobs.put(data) for name, data in files(code, NUMERIC).items()}
    return Arm(lane, version, f"dp_{lane}_{version}", RUNTIME, named)


@pytest.fixture(scope="module")
def runtimes() -> Iterator[HostedRuntimes]:
    """One zygote for all of them: processes end with their server."""
    found = HostedRuntimes(MeanRuntimes(), PROGRAM)
    yield found
    found.close()


@pytest.fixture
def serving(home: Home, runtimes: HostedRuntimes) -> Iterator[Callable[..., Served]]:
    """Serve a Python model beside another, once it answers."""
    with ExitStack() as stack:

        def serving(deadline_ms: float = 20_000, code: str = CODE) -> Served:
            hosting = Hosting(deadline_ms=deadline_ms)
            snake = home.release("DL/snake", arms=(arm(home, 3, code=code),), python=hosting)
            home.publish(snake, home.release("DL/late"))
            found = stack.enter_context(served(home, runtimes=runtimes))
            found.wait_for(1)
            with found.client() as client:
                wait_until(lambda: client.get("/v2/models/snake/ready").status_code == 200)
            return found

        yield serving


def body(first: float = 0.0, rows: int = 1) -> dict[str, Any]:
    found = numeric_body(rows)
    found["inputs"][0]["data"][0] = first
    return found


def value(response: Any) -> list[float]:
    return list(good(response)["outputs"][0]["data"])


def tensors(number: float) -> list[Any]:
    asked = [triton.InferInput(f"x{i}", [1], "FP64") for i in range(4)]
    for one in asked:
        one.set_data_from_numpy(np.array([number]))
    return asked


def metrics(found: Served) -> str:
    with found.client("_") as house:
        return house.get("/metrics").text


def hosts(runtimes: HostedRuntimes) -> set[int]:
    return set(children(runtimes.zygote)) if runtimes.zygote else set()


def test_it_answers_over_every_protocol_and_is_logged(home: Home, serving: Serving) -> None:
    found = serving()
    with found.client() as client:
        assert value(infer(client, body(rows=2), PATH)) == [2.0, 2.001]
        frame = {"dataframe_split": {"columns": ["x0", "x1", "x2", "x3"], "data": [[1, 0, 0, 0]]}}
        assert client.post("/v2/models/snake/invocations", json=frame).status_code == 200
        assert client.get("/v2/models/snake/ready").json()["ready"] is True
        with triton.InferenceServerClient(found.grpc) as caller:
            headers = {"authorization": f"Bearer {KEYS['DL']}"}
            answer = caller.infer("snake", tensors(50.0), headers=headers)
            assert answer.as_numpy("probability").tolist() == [1.5]
    found.stop()
    rows = logged(home.root)
    assert Counter(row["status"] for row in rows) == {"ok": 4}
    assert {row["version"] for row in rows} == {3}


def test_who_waits_together_is_asked_together_and_an_odd_row_fails_alone(serving: Serving) -> None:
    slow = CODE.replace("    return", "    time.sleep(0.2)\n    return")
    found = serving(code=slow)
    with found.client() as client, ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(lambda first: infer(client, body(first), PATH), [0.0] * 12))
        assert max(value(answer)[0] for answer in answers) > 1
        odd = crowd.submit(lambda: infer(client, body(9), PATH))
        even = list(crowd.map(lambda first: infer(client, body(first), PATH), [0.0] * 11))
        assert refused(odd.result(), 500) == "model.failed"
        assert {answer.status_code for answer in even} == {200}


def test_a_fall_costs_who_caused_it_and_the_next_is_answered(
    home: Home, serving: Serving, runtimes: HostedRuntimes
) -> None:
    others = hosts(runtimes)
    found = serving()
    with found.client() as client:
        assert value(infer(client, body(), PATH)) == [1.0]
        crashed = infer(client, body(8, rows=1), PATH)
        assert refused(crashed, 503) == "model.crashed"
        assert crashed.headers["retry-after"] == "1"
        assert value(infer(client, body(), PATH)) == [1.0]
        (pid,) = hosts(runtimes) - others
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: pid not in hosts(runtimes))
        again = infer(client, body(), PATH)
        if again.status_code == 503:  # the second fall within a minute: there is a pause
            assert refused(again, 503) == "model.restarting"
            assert client.get("/v2/models/snake/ready").status_code == 503
            wait_until(lambda: client.get("/v2/models/snake/ready").status_code == 200)
        assert value(infer(client, body(), PATH)) == [1.0]
        assert value(infer(client, numeric_body(), "/v2/models/late/infer"))
        figures = metrics(found)
    found.stop()
    assert "tenure_python_restarts_total 2" in figures
    statuses = Counter(row["status"] for row in logged(home.root) if row["model"] == "snake")
    assert statuses["model.crashed"] == 1


def test_without_an_answer_in_time_it_is_504_and_nobody_else_waits(
    serving: Serving, runtimes: HostedRuntimes
) -> None:
    others = hosts(runtimes)
    found = serving(deadline_ms=1500)
    with found.client() as client:
        answers: list[Any] = []
        with found.client() as other:
            asking = threading.Thread(target=lambda: answers.append(infer(other, body(7), PATH)))
            asking.start()
            while asking.is_alive():  # neighbours are answered all the while
                assert value(infer(client, numeric_body(), "/v2/models/late/infer"))
            asking.join()
        assert refused(answers[0], 504) == "model.deadline"
        assert value(infer(client, body(), PATH)) == [1.0]
        assert "tenure_python_deadline_misses_total 1" in metrics(found)
        assert len(hosts(runtimes) - others) == 1


def test_over_grpc_a_deadline_is_a_deadline(serving: Serving) -> None:
    found = serving(deadline_ms=800)
    with (
        triton.InferenceServerClient(found.grpc) as caller,
        pytest.raises(triton.InferenceServerException) as caught,
    ):
        caller.infer("snake", tensors(7.0), headers={"authorization": f"Bearer {KEYS['DL']}"})
    assert caught.value.status() == str(grpc.StatusCode.DEADLINE_EXCEEDED)


def test_a_long_line_is_refused_with_a_way_out_and_none_waits_past_its_deadline(
    runtimes: HostedRuntimes,
) -> None:
    hosting = Hosting(deadline_ms=700)
    version = loaded(runtimes.load(RUNTIME, files(CODE, NUMERIC), NUMERIC, hosting))
    columns = {name: [0.0] for name in ("x0", "x1", "x2", "x3")}

    async def run() -> list[Any]:
        lines = Lines(most_waiting=4)
        for _ in range(2):  # the first calls may take as long as a load
            await lines.ask(version, Rows(1, given=columns))
        slow = [lines.ask(version, Rows(1, given={**columns, "x0": [7.0]}))]
        asked = [lines.ask(version, Rows(1, given=columns)) for _ in range(9)]
        return await asyncio.gather(*slow, *asked, return_exceptions=True)

    codes = Counter(getattr(one, "code", "ok") for one in asyncio.run(run()))
    assert codes["model.busy"] >= 5
    assert codes["model.deadline"] >= 1
    assert codes.total() == 10


def test_it_may_answer_in_the_shadow_and_be_asked_for_by_version(
    home: Home, runtimes: HostedRuntimes
) -> None:
    arms = (home.arm(1), arm(home, 4, "snake"))
    home.publish(home.release("DL/late", arms=arms, pinned=(arm(home, 4, "pinned"),)))
    with served(home, runtimes=runtimes) as found, found.client() as client:
        found.wait_for(1)
        pinned = "/v2/models/late/versions/4"
        wait_until(lambda: client.get(f"{pinned}/ready").status_code == 200)
        assert value(infer(client, body(), f"{pinned}/infer")) == [1.0]
        assert value(infer(client, numeric_body()))[0] > 0
    assert Counter((row["lane"], row["status"]) for row in logged(home.root)) == {
        ("champion", "ok"): 1,
        ("snake", "ok"): 1,
        ("pinned", "ok"): 1,
    }


def test_a_slow_one_in_the_shadow_keeps_no_other_shadow_waiting(
    home: Home, runtimes: HostedRuntimes
) -> None:
    hosting = Hosting(deadline_ms=3000)
    slow = home.release("DL/snake", arms=(home.arm(1), arm(home, 4, "snake")), python=hosting)
    home.publish(slow, home.release("DL/late", arms=(home.arm(1), home.arm(2, "blind"))))
    with served(home, runtimes=runtimes) as found, found.client() as client:
        found.wait_for(1)
        good(infer(client, body(7), PATH))
        for _ in range(3):
            good(infer(client, numeric_body(), "/v2/models/late/infer"))
        wait_until(lambda: 'tenure_shadow_rows_total{tenant="DL",model="late"' in metrics(found))
        wait_until(lambda: 'tenant="DL",model="snake",version="4",code="' in metrics(found))
    shadows = [row for row in logged(home.root) if row["lane"] in {"blind", "snake"}]
    assert Counter((row["lane"], row["status"]) for row in shadows)["blind", "ok"] == 3
    assert len([row for row in shadows if row["lane"] == "snake"]) == 1


def test_killed_under_load_everybody_is_told_and_every_answer_is_in_the_log(
    home: Home, serving: Serving, runtimes: HostedRuntimes
) -> None:
    others = hosts(runtimes)
    found = serving()
    outcomes: dict[str, str] = {}

    def ask(line: int) -> None:
        with found.client() as client:
            for number in range(40):
                name = f"rq-{line}-{number}"
                answer = infer(client, {**body(), "id": name}, PATH)
                outcomes[name] = "ok" if answer.status_code == 200 else answer.json()["code"]

    with ThreadPoolExecutor(4) as crowd:
        asking = [crowd.submit(ask, line) for line in range(4)]
        wait_until(lambda: len(outcomes) > 20)
        for pid in hosts(runtimes) - others:
            os.kill(pid, signal.SIGKILL)
        for one in asking:
            one.result()
    with found.client() as client:
        assert value(infer(client, body(), PATH))
    found.stop()
    codes = Counter(outcomes.values())
    assert set(codes) <= {"ok", "model.crashed", "model.loading"}, codes
    assert codes["ok"] > 100
    told = {r["request_id"]: r["status"] for r in logged(home.root) if r["request_id"] in outcomes}
    assert told == outcomes
