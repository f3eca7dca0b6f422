"""The ledger's chains on SQLite; the database itself refuses to change them."""

import sqlite3

import pytest

from tenure.adapters.sql.store import SqlStore
from tests.conformance.ledger import LedgerSuite, append


class TestLedger(LedgerSuite):
    pass


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
