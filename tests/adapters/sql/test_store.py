"""The metadata database on SQLite: its port, and what goes wrong with a file."""

import sqlite3
from pathlib import Path

import pytest

from tenure.adapters.sql.migrate import ensure
from tenure.adapters.sql.store import SqlStore
from tenure.core.errors import TenureError
from tests.conformance.outcomes import made, microseconds
from tests.conformance.samples import AT
from tests.conformance.stores import StoreSuite


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


class TestStore(StoreSuite):
    pass


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
