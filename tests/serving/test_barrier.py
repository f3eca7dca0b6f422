"""A barrier is acknowledged when everything accepted before it is in the log."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.serving.conftest import Served
from tests.serving.small import Home, logged, numeric_body, wait_until

URL = "/v2/models/late/infer"


def acknowledged(served: Served, barrier: int) -> bool:
    return any(ack.barrier >= barrier for ack in served.acks)


def test_a_barrier_includes_shadow_answers_that_were_still_waiting(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(arms=(home.arm(1), home.arm(2, "slow", seconds=0.02))))
    served = serve(home)
    with served.client() as client:
        for barrier in (1, 2):
            for number in range(10):
                client.post(URL, json=numeric_body(id=f"rq-{barrier}-{number}"))
            home.publish(barrier=barrier)
            wait_until(partial(acknowledged, served, barrier))
            rows = logged(home.root)
            assert len(rows) == 20 * barrier
            assert {row["lane"] for row in rows} == {"champion", "slow"}


def test_a_barrier_waits_for_requests_under_way(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(arms=(home.arm(1, seconds=0.5), home.arm(2, "static"))))
    served = serve(home)
    with ThreadPoolExecutor(1) as pool, served.client() as client:
        # more rows than are answered on the event loop: a thread is busy with them
        asked = pool.submit(client.post, URL, json=numeric_body(300, id="slow"))
        time.sleep(0.2)
        home.publish(barrier=1)
        wait_until(partial(acknowledged, served, 1))
        assert {row["lane"] for row in logged(home.root)} == {"champion", "static"}
        assert asked.result().status_code == 200


def test_barriers_are_kept_while_requests_keep_coming(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(arms=(home.arm(1), home.arm(2, "static"))))
    served = serve(home)
    done = threading.Event()

    def load() -> None:
        with served.client() as client:
            while not done.is_set():
                assert client.post(URL, json=numeric_body()).status_code == 200

    with ThreadPoolExecutor(4) as pool, served.client() as client:
        lines = [pool.submit(load) for _ in range(3)]
        try:
            for barrier in range(1, 11):
                name = f"last-before-{barrier}"
                client.post(URL, json=numeric_body(id=name))
                home.publish(barrier=barrier)
                wait_until(partial(acknowledged, served, barrier))
                lanes = [row["lane"] for row in logged(home.root) if row["request_id"] == name]
                assert sorted(lanes) == ["champion", "static"]
        finally:
            done.set()
        for line in lines:
            line.result()


def test_a_barrier_waits_while_the_log_cannot_be_written(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release())
    served = serve(home)
    (home.root / "log").rmdir()
    with served.client() as client:
        client.post(URL, json=numeric_body())
    index = home.publish(barrier=1)
    served.wait_for(index.generation)  # the process lives and applies what it is told …
    time.sleep(0.3)
    assert not acknowledged(served, 1)
    (home.root / "log").mkdir()
    wait_until(partial(acknowledged, served, 1))  # … and keeps the barrier once it can
    assert len(logged(home.root)) == 1


@pytest.mark.parametrize("barrier", [0, 7])
def test_a_fresh_process_has_nothing_to_wait_for(
    home: Home, serve: Callable[[Home], Served], barrier: int
) -> None:
    home.publish(home.release(), barrier=barrier)
    served = serve(home)
    wait_until(partial(acknowledged, served, barrier))


def test_a_process_that_cannot_write_its_log_still_ends(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(), barrier=1)
    served = serve(home)
    wait_until(partial(acknowledged, served, 1))
    (home.root / "log").rmdir()
    with served.client() as client:
        client.post(URL, json=numeric_body())
    index = home.publish(barrier=2)
    served.wait_for(index.generation)
    served.stop()
    assert not acknowledged(served, 2)
