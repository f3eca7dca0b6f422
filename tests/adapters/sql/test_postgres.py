"""Every port of the metadata database on PostgreSQL, and what only PostgreSQL has."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import psycopg
import pytest

from tenure.adapters.sql.store import SqlStore
from tenure.core.errors import TenureError
from tenure.core.jobs import Job
from tests.conformance.ledger import LedgerSuite, append
from tests.conformance.outcomes import OutcomesSuite
from tests.conformance.positions import PositionsSuite
from tests.conformance.queue import QueueSuite, claim, wanted
from tests.conformance.repositories import RepositorySuite
from tests.conformance.samples import AT, model
from tests.conformance.stores import StoreSuite

pytestmark = pytest.mark.postgres


@pytest.fixture
def store_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def store(clerk_url: str) -> Iterator[SqlStore]:
    """A store as it should be run: by a role that owns nothing."""
    store = SqlStore(clerk_url)
    yield store
    store.close()


class TestRepositories(RepositorySuite):
    pass


class TestOutcomes(OutcomesSuite):
    pass


class TestQueue(QueueSuite):
    pass


class TestLedger(LedgerSuite):
    pass


class TestPositions(PositionsSuite):
    pass


class TestStore(StoreSuite):
    pass


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET body = '{}'",
        "DELETE FROM ledger_entries WHERE seq = 2",
        "TRUNCATE ledger_entries",
        "TRUNCATE ledger_heads",
        "UPDATE ledger_heads SET seq = 1",
        "DELETE FROM ledger_heads",
    ],
)
def test_the_database_itself_keeps_the_ledger(
    store: SqlStore, store_url: str, statement: str
) -> None:
    with store.work() as work:
        entries = [append(work), append(work)]
    with (
        psycopg.connect(store_url.replace("+psycopg", "")) as raw,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        raw.execute(statement.encode())
    with store.read() as work:
        assert work.ledger.read("DL") == entries


def test_a_deadlock_is_broken_and_one_of_two_is_told_to_try_again(store: SqlStore) -> None:
    with store.work() as work:
        for n in (1, 2):
            work.models.add("DL", model("DL", n))
    both = Barrier(2)

    def lock(first: str, second: str) -> str:
        try:
            with store.work() as work:
                work.models.get("DL", first, lock=True)
                both.wait(10)
                work.models.get("DL", second, lock=True)
        except TenureError as error:
            return error.code
        return "committed"

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(lock, "m1", "m2"), pool.submit(lock, "m2", "m1")]
        assert sorted(end.result() for end in ends) == ["committed", "database.busy"]


def test_a_server_that_was_restarted_costs_no_error(store: SqlStore, store_url: str) -> None:
    with store.work() as work:
        work.positions.set("s", 1)
    with psycopg.connect(store_url.replace("+psycopg", ""), autocommit=True) as raw:
        raw.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'tenure'"
        )
    with store.work() as work:
        work.positions.set("s", 2)


def test_a_server_that_goes_away_meanwhile_is_explained(store: SqlStore, store_url: str) -> None:
    def lose() -> None:
        with store.work() as work:
            work.positions.set("s", 1)
            with psycopg.connect(store_url.replace("+psycopg", ""), autocommit=True) as raw:
                raw.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'tenure'"
                )
            work.positions.set("s", 2)

    with pytest.raises(TenureError, match=r"database\.unreachable"):
        lose()
    with store.read() as work:
        assert work.positions.all() == {}


def test_a_server_that_is_not_there_is_explained_without_the_password(tmp_path: Path) -> None:
    store = SqlStore(f"postgresql://someone:geheim@/nowhere?host={tmp_path}")
    with pytest.raises(TenureError) as caught, store.work():
        pass
    assert caught.value.code == "database.unreachable"
    assert "geheim" not in str(caught.value)


def test_finishing_a_job_does_not_wait_for_a_claim(store: SqlStore) -> None:
    with store.work() as work:
        work.jobs.add([wanted("a"), wanted("b")])
    (job,) = claim(store, limit=1)
    claimed, finished = Event(), Event()

    def hold() -> list[Job]:
        with store.work() as work:
            taken = work.jobs.claim("w2", AT, 10)
            claimed.set()
            assert finished.wait(10)
            return taken

    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(hold)
        assert claimed.wait(10)
        with store.work() as work:
            work.jobs.finish(job)
        finished.set()
        assert [other.key for other in taken.result(10)] == ["b"]
