"""What a database complains about becomes an error that a person, or a retry, can act on."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenure.adapters.sql.failures import translating
from tenure.core.errors import Kind, TenureError


def asked(path: Path, statement: str, timeout: float = 0.0) -> None:
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": timeout})
    try:
        with translating(), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def test_a_database_that_another_writes_to_is_busy_and_may_be_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("create table t (x)")
    other.execute("begin exclusive")
    with pytest.raises(TenureError, match=r"database\.busy") as caught:
        asked(path, "insert into t values (1)")
    other.close()
    assert caught.value.kind is Kind.UNAVAILABLE


def test_a_file_that_is_no_database_is_damaged_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"this is no database, " * 100)
    with pytest.raises(TenureError, match=r"database\.damaged") as caught:
        asked(path, "select * from sqlite_master")
    assert caught.value.kind is Kind.FAILED
    assert path.read_bytes() == b"this is no database, " * 100


def test_a_folder_that_is_not_there_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(TenureError, match=r"database\.unreachable"):
        asked(tmp_path / "nowhere" / "a.db", "select 1")


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma max_page_count = 10")
        connection.exec_driver_sql("create table t (x)")
        with pytest.raises(TenureError, match=r"database\.full"), translating():
            connection.exec_driver_sql("insert into t values (zeroblob(10000000))")
    engine.dispose()


def test_a_mistake_of_ours_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(sa.exc.OperationalError, match="no such table"):
        asked(tmp_path / "a.db", "select * from nobody")
