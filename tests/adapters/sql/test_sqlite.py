"""Every port of the metadata database on SQLite, and what only SQLite has."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tenure.adapters.sql import connections
from tenure.adapters.sql.failures import translating
from tenure.adapters.sql.migrate import ensure
from tenure.adapters.sql.store import SqlStore
from tenure.core.errors import TenureError
from tenure.ports.outcomes import NewLabel
from tests.conformance.ledger import LedgerSuite, append
from tests.conformance.outcomes import OutcomesSuite, made, microseconds
from tests.conformance.positions import PositionsSuite
from tests.conformance.queue import QueueSuite
from tests.conformance.repositories import RepositorySuite
from tests.conformance.samples import AT, DAY
from tests.conformance.stores import StoreSuite


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    store = SqlStore(store_url)
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


@pytest.fixture
def raw(store_url: str) -> Iterator[sqlite3.Connection]:
    """A connection without our pragmas, as a person with sqlite3 would open it."""
    connection = sqlite3.connect(make_url(store_url).database or "", isolation_level=None)
    yield connection
    connection.close()


def test_every_connection_is_durable_and_strict(store: SqlStore) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
    for engine in (store._writer, store._reader):
        with engine.connect() as connection:
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected
            }
        assert found == expected


def test_what_is_kept_in_memory_does_not_grow_with_the_rows(store: SqlStore) -> None:
    def written(begin: int) -> int:
        long = "k" * 8000
        for first in range(begin, begin + 1500, 500):
            rows = [(f"r{n}", 0, f"{long}{n}", microseconds(AT)) for n in range(first, first + 500)]
            with store.work() as work:
                work.outcomes.add_predictions("DL", "m", made(*rows))
            with store.read() as work:
                work.outcomes.counts("DL", "m")
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    before = written(0)  # more pages than both connections may keep
    assert written(1500) - before < 10_000_000


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET body = '{}'",
        "UPDATE ledger_entries SET seq = 9",
        "DELETE FROM ledger_entries WHERE seq = 2",
        "DELETE FROM ledger_entries",
        "INSERT OR REPLACE INTO ledger_entries VALUES ('DL', 1, '{}')",
        "UPDATE ledger_heads SET seq = 1",
        "UPDATE ledger_heads SET hash = 'sha256:other'",
        "DELETE FROM ledger_heads",
    ],
)
def test_the_database_itself_keeps_the_ledger(
    store: SqlStore, raw: sqlite3.Connection, statement: str
) -> None:
    with store.work() as work:
        entries = [append(work), append(work)]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    with store.read() as work:
        assert work.ledger.read("DL") == entries


def test_a_writer_that_waits_too_long_is_told_to_try_again(
    raw: sqlite3.Connection, store_url: str
) -> None:
    engine = connections.open_writer(connections.parsed(store_url))
    raw.execute("BEGIN IMMEDIATE")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA busy_timeout=0")
        with pytest.raises(TenureError, match=r"database\.busy"), translating():
            connection.begin()
    engine.dispose()


def test_a_reader_does_not_wait_for_a_writer(raw: sqlite3.Connection, store: SqlStore) -> None:
    raw.execute("BEGIN IMMEDIATE")
    with store.read() as work:
        assert work.models.list("DL") == []


def test_a_full_disk_is_explained_and_takes_everything_back(store: SqlStore) -> None:
    with store._writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # the file cannot grow any more

    def fill() -> None:
        with store.work() as work:
            work.positions.set("s", 1)
            rows = [(f"r{n}", 0, None, microseconds(AT)) for n in range(5000)]
            work.outcomes.add_predictions("DL", "m", made(*rows))

    with pytest.raises(TenureError, match=r"database\.full"):
        fill()
    with store.read() as work:
        assert work.positions.all() == {}


def test_a_folder_that_is_not_there_is_explained(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/missing/tenure.db")
    with pytest.raises(TenureError, match=r"database\.unreachable"), store.work():
        pass


def test_a_file_that_is_no_database_is_explained_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "tenure.db"
    file.write_bytes(b"something else entirely" * 100)
    with pytest.raises(TenureError, match=r"database\.damaged"):
        ensure(f"sqlite:///{file}")
    assert file.read_bytes() == b"something else entirely" * 100


def test_many_predictions_are_stored_and_labelled_in_seconds(
    store: SqlStore,
) -> None:
    """50,000 rows a second are the goal; a tenth of it tells a slow machine from a slow plan."""
    count = 50_000
    rows = made(*[(f"{n:032x}", 0, f"key {n}", microseconds(AT)) for n in range(count)])
    labels = [NewLabel(f"key {n}", None, 0, float(n % 2), AT + DAY) for n in range(count)]
    began = time.process_time()
    with store.work() as work:
        assert work.outcomes.add_predictions("DL", "m", rows) == count
        assert work.outcomes.join("DL", "m", labels).joined == count
    assert time.process_time() - began < 2 * count / 5_000
