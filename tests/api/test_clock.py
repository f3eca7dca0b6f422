"""Business time over HTTP: moved, waited for, given back; waiting blocks nobody."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tenure.api.clock import LONGEST_WAIT

CLOCK = "/api/v1/tenants/DL/clock"


def settle(world: Any) -> None:
    """Let the clock of DL be collected, and its open job done."""
    with world.house.store.work() as work:
        clock = work.clocks.get("DL", "DL")
        values = {name: getattr(clock, name) for name in clock.__slots__}
        work.clocks.save("DL", type(clock)(**values | {"collected": clock.now}))
        for job in work.jobs.claim("w", world.house.clock.now(), 60, limit=99):
            if job.tenant_id == "DL":
                work.jobs.finish(job)


def test_a_clock_is_put_into_replay_moved_and_given_back(world: Any) -> None:
    world.ask("POST", "/api/v1/tenants", json={"id": "UA", "name": "United"})
    clock = "/api/v1/tenants/UA/clock"
    assert world.ask("GET", clock).json()["mode"] == "wall"
    moved = world.ask("POST", clock, json={"to": "2024-01-01T00:00:00+01:00"})
    assert moved.status_code == 200
    assert (moved.json()["mode"], moved.json()["now"]) == ("replay", "2023-12-31T23:00:00Z")
    back = world.ask("POST", clock, json={"to": "2023-01-01T00:00:00Z"})
    assert (back.status_code, back.json()["code"]) == (409, "clock.backwards")
    assert world.ask("DELETE", clock).json()["mode"] == "wall"


@contextmanager
def waiting(world: Any, count: int) -> Iterator[list[threading.Thread]]:
    """So many who wait for the clock of DL, which is settled at the end: then they are answered."""
    ask = ("GET", f"{CLOCK}?wait={LONGEST_WAIT}")
    threads = [threading.Thread(target=world.ask, args=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        settle(world)
        for thread in threads:
            thread.join()


def test_without_waiting_the_answer_comes_at_once(world: Any) -> None:
    with waiting(world, 1) as (other,):
        assert world.ask("GET", CLOCK).json()["settled"] is False  # the job of DL is open
        assert other.is_alive()


def test_waiting_ends_when_the_time_is_over(world: Any) -> None:
    begun = time.monotonic()
    view = world.ask("GET", f"{CLOCK}?wait=0.3").json()
    assert view["settled"] is False
    assert time.monotonic() - begun > 0.25


def test_waiting_ends_as_soon_as_the_clock_is_settled(world: Any) -> None:
    timer = threading.Timer(0.3, settle, (world,))
    timer.start()
    begun = time.monotonic()
    view = world.ask("GET", f"{CLOCK}?wait={LONGEST_WAIT}").json()
    timer.join()
    assert view["settled"] is True
    assert time.monotonic() - begun < LONGEST_WAIT


def test_many_who_wait_keep_nobody_else_from_being_answered(world: Any) -> None:
    with waiting(world, 60) as threads:
        assert world.ask("GET", "/api/v1/tenants").status_code == 200
        assert all(thread.is_alive() for thread in threads)
