"""The worker waits for a database that is busy or away, and loses nothing meanwhile."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tenure.adapters.clocks.system import SystemClock
from tenure.adapters.sql.store import SqlStore
from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind, JobState, NewJob
from tenure.services import tenants
from tenure.services.house import House
from tenure.worker.loop import PATIENCE, Worker
from tests.small.clock import HandClock
from tests.small.house import close_house, open_house


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """A house whose store waits for hardly anybody, with a job that cannot be done."""
    made = open_house(tmp_path, sqlite_url, SystemClock())
    tenants.create(made, "test", "acme")
    with made.store.work() as work:
        work.jobs.add([NewJob("acme", JobKind.POLL_LABELS, "no-model", {"model_id": "none"})])
    yield replace(made, store=SqlStore(sqlite_url, busy_seconds=0.05))
    close_house(made)


@contextmanager
def frozen(url: str) -> Iterator[sqlite3.Connection]:
    """Be a writer that stopped in the middle of a transaction."""
    file = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, check_same_thread=False)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        yield raw


def test_work_in_the_foreground_waits_for_a_busy_database(house: House, sqlite_url: str) -> None:
    worker = Worker(house)
    with frozen(sqlite_url) as writer:
        told = threading.Timer(1.5, writer.rollback)
        told.start()
        worker.run_until_settled()
        told.join()
    with house.store.read() as work:
        (job,) = work.jobs.list("acme")
    assert job.state is JobState.PARKED
    assert "there is no model 'none'" in job.error


def test_it_gives_up_when_that_lasts(house: House, sqlite_url: str) -> None:
    clock = HandClock()
    worker = Worker(replace(house, clock=clock))
    with frozen(sqlite_url):
        assert worker._patiently(worker.turn, PATIENCE)
        clock.move(PATIENCE + timedelta(seconds=1))
        with pytest.raises(TenureError, match=r"database\.busy"):
            worker.run_until_settled()


def test_a_worker_process_waits_for_ever_and_stops_when_asked(
    house: House, sqlite_url: str
) -> None:
    worker = Worker(house)
    with frozen(sqlite_url):
        thread = threading.Thread(target=worker.run)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        worker.stopping.set()
        thread.join(10)
    assert not thread.is_alive()
