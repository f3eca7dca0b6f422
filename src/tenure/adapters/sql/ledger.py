"""The ledger's chains. Triggers in the database refuse to change or remove an entry."""

from functools import cache

import msgspec
import sqlalchemy as sa

from tenure.adapters.sql import statements
from tenure.adapters.sql.columns import to_json
from tenure.adapters.sql.tables import ledger_entries as entries
from tenure.adapters.sql.tables import ledger_heads as heads
from tenure.core.errors import conflict
from tenure.core.ledger import GENESIS, Entry

_TENANT, _AFTER, _MOST = "this_tenant", "this_seq", "this_many"
_HEAD = sa.select(heads.c.seq, heads.c.hash).where(heads.c.tenant_id == sa.bindparam(_TENANT))
_LOCKED_HEAD = _HEAD.with_for_update()
_APPEND = sa.insert(entries)
_READ = (
    sa.select(entries.c.body)
    .where(entries.c.tenant_id == sa.bindparam(_TENANT), entries.c.seq > sa.bindparam(_AFTER))
    .order_by(entries.c.seq)
    .limit(sa.bindparam(_MOST, type_=sa.Integer))
)
_decode = msgspec.json.Decoder(Entry).decode


class SqlLedger:
    """`ports.work.LedgerBook`. The head's row is the lock that puts a tenant's writers in line."""

    def __init__(self, connection: sa.Connection, *, writable: bool) -> None:
        self._connection = connection
        self._locking = writable and connection.dialect.name == "postgresql"

    def head(self, tenant_id: str) -> tuple[int, str]:
        if self._locking:  # a row that is not there cannot be locked
            first = {"tenant_id": tenant_id, "seq": 0, "hash": GENESIS}
            self._connection.execute(statements.add(heads, self._connection.dialect.name), first)
        statement = _LOCKED_HEAD if self._locking else _HEAD
        row = self._connection.execute(statement, {_TENANT: tenant_id}).one_or_none()
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
        self._connection.execute(_APPEND, {**key, "body": body})
        move = _move_head(self._connection.dialect.name)
        self._connection.execute(move, {**key, "hash": entry.hash})

    def read(self, tenant_id: str, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        bounds = {_TENANT: tenant_id, _AFTER: after, _MOST: limit}
        return [_decode(body) for body in self._connection.execute(_READ, bounds).scalars()]

    def tenants(self) -> list[str]:
        statement = sa.select(heads.c.tenant_id).where(heads.c.seq > 0).order_by(heads.c.tenant_id)
        return list(self._connection.execute(statement).scalars())


@cache
def _move_head(dialect: str) -> statements.Insert:
    insert = statements.insert_into(dialect, heads)
    changes = {"seq": insert.excluded["seq"], "hash": insert.excluded["hash"]}
    return insert.on_conflict_do_update(index_elements=["tenant_id"], set_=changes)
