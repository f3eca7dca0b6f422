"""A store on SQLite; modules that need another override it."""

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from tenure.adapters.sql.store import SqlStore


@pytest.fixture
def store(sqlite_url: str) -> Iterator[SqlStore]:
    store = SqlStore(sqlite_url)
    yield store
    store.close()


@pytest.fixture
def raw(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """A connection without our pragmas, as a person with sqlite3 would open it."""
    connection = sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)
    yield connection
    connection.close()
