"""How SQLite is opened: durable, strict, bounded in memory, and patient for so long."""

import sqlite3
from pathlib import Path

import pytest

from tenure.adapters.sql import connections
from tenure.adapters.sql.failures import translating
from tenure.adapters.sql.store import SqlStore
from tenure.core.errors import TenureError
from tests.conformance.outcomes import made, microseconds
from tests.conformance.samples import AT


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


def test_a_writer_that_waits_too_long_is_told_to_try_again(
    raw: sqlite3.Connection, sqlite_url: str
) -> None:
    engine = connections.open_writer(connections.parsed(sqlite_url))
    raw.execute("BEGIN IMMEDIATE")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA busy_timeout=0")
        with pytest.raises(TenureError, match=r"database\.busy"), translating():
            connection.begin()
    engine.dispose()
