"""Statements that are driven by hand belong to the transaction, and fail as all others do."""

import pytest
import sqlalchemy as sa

from tenure.adapters.sql.driven import drive, written
from tenure.adapters.sql.failures import translating
from tenure.adapters.sql.scope import Scope
from tenure.adapters.sql.store import SqlStore
from tenure.core.errors import TenureError


@pytest.mark.parametrize("which", ["sqlite_url", "postgres_url"])
def test_what_is_driven_is_rolled_back_with_the_rest(
    which: str, request: pytest.FixtureRequest
) -> None:
    store = SqlStore(request.getfixturevalue(which))
    insert = "INSERT INTO ledger_heads (tenant_id, seq, hash) VALUES (?, ?, ?)"
    count = "SELECT count(*) FROM ledger_heads WHERE tenant_id = ?"
    with store._writer.begin() as connection:
        Scope(connection).of("DL")
        assert drive(connection, insert, ("DL", 1, "x")).rowcount == 1
        assert drive(connection, count, ("DL",)).fetchone() == (1,)
        connection.rollback()
    with store._writer.begin() as connection:
        assert drive(connection, count, ("DL",)).fetchone() == (0,)
    with pytest.raises(sa.exc.DBAPIError) as caught, store._writer.begin() as connection:
        drive(connection, "SELECT nothing FROM nowhere WHERE a = ?", ("sesame",))
    assert "sesame" not in str(caught.value)
    store.close()


def test_what_the_database_complains_about_is_translated(sqlite_url: str) -> None:
    def lose() -> None:
        with translating(), store._reader.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=OFF")
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
            drive(connection, "UPDATE ledger_heads SET seq = 1 WHERE tenant_id = ?", ("DL",))

    store = SqlStore(sqlite_url)
    with store.work(), pytest.raises(TenureError, match=r"database\.busy"):
        lose()
    store.close()


def test_values_are_marked_as_the_driver_has_it() -> None:
    assert written("a = ? AND b = ?", "sqlite") == "a = ? AND b = ?"
    assert written("a = ? AND b = ?", "postgresql") == "a = %s AND b = %s"
