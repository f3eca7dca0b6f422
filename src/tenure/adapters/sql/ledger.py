"""The ledger's chains. Triggers in the database refuse to change or remove an entry."""

import msgspec
import sqlalchemy as sa

from tenure.adapters.sql.columns import to_json
from tenure.adapters.sql.repository import insert_into
from tenure.adapters.sql.tables import ledger_entries as entries
from tenure.adapters.sql.tables import ledger_heads as heads
from tenure.core.errors import conflict
from tenure.core.ledger import GENESIS, Entry

_decode = msgspec.json.Decoder(Entry).decode


class SqlLedger:
    """`ports.work.LedgerBook`. The head's row is the lock that puts a tenant's writers in line."""

    def __init__(self, connection: sa.Connection, *, writable: bool) -> None:
        self._connection = connection
        self._locking = writable and connection.dialect.name == "postgresql"

    def head(self, tenant_id: str) -> tuple[int, str]:
        if self._locking:  # a row that is not there cannot be locked
            first = {"tenant_id": tenant_id, "seq": 0, "hash": GENESIS}
            insert = insert_into(self._connection, heads)
            self._connection.execute(insert.on_conflict_do_nothing(), first)
        statement = sa.select(heads.c.seq, heads.c.hash).where(heads.c.tenant_id == tenant_id)
        if self._locking:
            statement = statement.with_for_update()
        row = self._connection.execute(statement).one_or_none()
        return (0, GENESIS) if row is None else (row.seq, row.hash)

    def append(self, entry: Entry) -> None:
        seq, last = self.head(entry.tenant_id)
        if (entry.seq, entry.prev) != (seq + 1, last):
            raise conflict(
                "ledger.out_of_order",
                f"entry {entry.seq} of {entry.tenant_id} does not follow entry {seq}",
            )
        key = {"tenant_id": entry.tenant_id, "seq": entry.seq}
        body = to_json(entry, "ledger")
        self._connection.execute(sa.insert(entries), {**key, "body": body})
        insert = insert_into(self._connection, heads)
        changes = {"seq": insert.excluded["seq"], "hash": insert.excluded["hash"]}
        statement = insert.on_conflict_do_update(index_elements=["tenant_id"], set_=changes)
        self._connection.execute(statement, {**key, "hash": entry.hash})

    def read(self, tenant_id: str, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        statement = (
            sa.select(entries.c.body)
            .where(entries.c.tenant_id == tenant_id, entries.c.seq > after)
            .order_by(entries.c.seq)
            .limit(limit)
        )
        return [_decode(body) for body in self._connection.execute(statement).scalars()]

    def tenants(self) -> list[str]:
        statement = sa.select(heads.c.tenant_id).where(heads.c.seq > 0).order_by(heads.c.tenant_id)
        return list(self._connection.execute(statement).scalars())
