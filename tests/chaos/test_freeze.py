"""Freeze a worker in the middle of its work; others take over; then let it go on.

What a frozen worker holds is worthless when it wakes up: nothing of it may be recorded.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tenure.adapters.sql.store import SqlStore
from tests.chaos.conftest import FEW_KILLS, Life
from tests.chaos.test_kill import compare
from tests.chaos.world import ACME, BOLT

FEW = ("judge.after_scoring:2", "collect.after_blobs:2")
"""Where `make test` freezes; `make chaos` freezes everywhere."""
JOBS = (
    "worker.after_claim:2",
    "study.after_blobs:2",
    "train.after_blobs:2",
    "judge.after_scoring:2",
    "deploy.after_plan:2",
    "deploy.after_publish:2",
    "poll.after_receive:2",
)
READINGS = ("collect.after_blobs:2", "join.after_read:2")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "point" in metafunc.fixturenames:
        many = metafunc.config.getoption("chaos_points", default=FEW_KILLS) > FEW_KILLS
        metafunc.parametrize("point", [*JOBS, *READINGS] if many else FEW)


@pytest.mark.chaos
@pytest.mark.parametrize("wakes", ["late", "soon"])
def test_what_a_frozen_worker_held_is_done_once_by_others(
    point: str, wakes: str, life: Life, whole: Life
) -> None:
    """It wakes up when all is over, or when another one has just taken over."""
    frozen = life.start("work_along", freeze=point)
    until((life.home / "works").exists)
    told = life.start()
    until(lambda: is_stopped(frozen))
    if wakes == "soon":
        if point in JOBS:
            until(lambda: is_taken_over(life.url))
        os.kill(frozen, signal.SIGCONT)
    assert life.wait(told) == 0, life.log
    if wakes == "late":
        os.kill(frozen, signal.SIGCONT)
        time.sleep(0.3)
    os.kill(frozen, signal.SIGTERM)
    assert life.wait(frozen) == 0, life.log
    assert life.wait(life.start("look")) == 0, life.log
    compare(life.state, whole.state)
    if point in JOBS:
        assert "was taken over by another worker" in life.log


def until(claim: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_stopped(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return stat.rpartition(")")[2].split()[0] == "T"


def is_taken_over(url: str) -> bool:
    """Return whether a job was leased twice."""
    store = SqlStore(url)
    with store.read() as work:
        jobs = [job for tenant_id in (ACME, BOLT) for job in work.jobs.list(tenant_id, limit=1000)]
    store.close()
    return any(job.epoch > 1 for job in jobs)
