"""PostgreSQL itself shows a transaction one tenant's rows: what forgot its tenant leaks none."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tenure.adapters.sql import connections
from tenure.adapters.sql.scope import EVERY, Scope
from tenure.adapters.sql.store import SqlStore
from tenure.adapters.sql.tables import metadata, models
from tests.conformance.ledger import append
from tests.conformance.samples import model


@pytest.fixture
def writer(clerk_url: str) -> Iterator[sa.Engine]:
    """Connections to a database with a model and a ledger of each of two tenants."""
    store = SqlStore(clerk_url)
    with store.work() as work:
        for tenant in ("DL", "B6"):
            work.models.add(tenant, model(tenant, 1))
            append(work, tenant)
    store.close()
    engine = connections.open_writer(connections.parsed(clerk_url))
    yield engine
    engine.dispose()


def owners(connection: sa.Connection, table: str = "models") -> set[str]:
    """Ask as somebody does who forgot the tenant."""
    return set(connection.execute(sa.text(f"SELECT tenant_id FROM {table}")).scalars())  # noqa: S608


@pytest.mark.postgres
def test_a_statement_without_its_tenant_sees_one_tenant_or_none(writer: sa.Engine) -> None:
    with writer.begin() as connection:
        assert owners(connection) == set()
        scope = Scope(connection)
        for tenant in ("DL", "B6", "DL"):
            assert owners(scope.of(tenant)) == {tenant}
            assert owners(connection, "ledger_entries") == {tenant}
        assert owners(scope.of("nobody")) == set()
        assert owners(scope.of(EVERY)) == {"DL", "B6"}
    with writer.begin() as connection:  # the same connection of the pool: nothing was left behind
        assert owners(connection) == set()


@pytest.mark.postgres
def test_a_statement_without_its_tenant_changes_nothing_of_another(writer: sa.Engine) -> None:
    with writer.begin() as connection:
        Scope(connection).of("DL")
        assert connection.execute(sa.update(models).values(state="lost")).rowcount == 1
        assert connection.execute(sa.delete(models)).rowcount == 1
    with writer.begin() as connection:
        assert owners(Scope(connection).of(EVERY)) == {"B6"}
    row = {"tenant_id": "B6", "id": "planted", "state": "active", "body": "{}"}
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        writer.begin() as connection,
    ):
        Scope(connection).of("DL").execute(sa.insert(models), row)


@pytest.mark.postgres
def test_every_table_is_guarded_also_from_its_owner(writer: sa.Engine) -> None:
    with writer.begin() as connection:
        guarded = connection.execute(
            sa.text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        )
        assert set(guarded.scalars()) == set(metadata.tables)
        role = sa.text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert connection.execute(role).scalar_one() is False


def test_sqlite_is_told_nothing(sqlite_url: str) -> None:
    engine = connections.open_writer(connections.parsed(sqlite_url))
    with engine.begin() as connection:
        assert Scope(connection).of("DL") is connection
    engine.dispose()
