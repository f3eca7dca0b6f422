"""The second belt: on PostgreSQL the database itself shows a unit of work one tenant's rows at a time.

Every table has a policy (row-level security, forced on its owner too): a row is there when its tenant
is the transaction's, which is a setting of that transaction. So a statement that forgot its tenant
finds and changes the rows of one tenant, and without a tenant none. It guards against our own
mistakes, not against who may write SQL of their own: they could set it as well. Superusers, and roles
with BYPASSRLS, are above policies: Tenure should be neither.
"""

import sqlalchemy as sa

EVERY = "*"
"""No tenant is called this: what is looked for across tenants, by what is excused by name in a test."""
_SETTING = "tenure.tenant"
_ENTER = sa.select(sa.func.set_config(_SETTING, sa.bindparam("tenant"), sa.true()))


class Scope:
    """Whose rows the transaction of a connection is at. On SQLite there is nothing to say it to."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._now: str | None = None
        self._guarded = connection.dialect.name == "postgresql"

    @property
    def dialect(self) -> sa.Dialect:
        return self._connection.dialect

    def of(self, tenant_id: str) -> sa.Connection:
        """Return the connection, once the transaction is at the tenant's rows."""
        if self._guarded and tenant_id != self._now:
            self._connection.execute(_ENTER, {"tenant": tenant_id})
            self._now = tenant_id
        return self._connection


def guard(connection: sa.Connection) -> None:
    """Have PostgreSQL guard every table with tenants that it does not guard yet."""
    for table in connection.execute(_OPEN).scalars().all():
        own = f"(SELECT current_setting('{_SETTING}', true))"  # asked once a statement, not a row
        policy = f"USING (tenant_id = {own} OR {own} = '{EVERY}')"
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"CREATE POLICY of_tenant ON {table} {policy}")


_OPEN = sa.text(
    "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
    " WHERE attname = 'tenant_id' AND relkind = 'r' AND NOT relrowsecurity"
    " AND relnamespace = current_schema()::regnamespace ORDER BY relname"
)
