"""The ledger's chains. Triggers in the database refuse to change or remove an entry."""

import msgspec
import sqlalchemy as sa

from tenure import decoders
from tenure.adapters.sql.driven import drive
from tenure.adapters.sql.scope import EVERY, Scope
from tenure.adapters.sql.tables import ledger_entries as entries
from tenure.adapters.sql.tables import ledger_heads as heads
from tenure.core.errors import conflict
from tenure.core.ledger import GENESIS, Entry

_TENANT, _AFTER, _MOST = "this_tenant", "this_seq", "this_many"
_HEAD = "SELECT seq, hash FROM ledger_heads WHERE tenant_id = ?"
_BEGIN = "INSERT INTO ledger_heads (tenant_id, seq, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_MOVE = "UPDATE ledger_heads SET seq = ?, hash = ? WHERE tenant_id = ? AND seq = ? AND hash = ?"
_APPEND = "INSERT INTO ledger_entries (tenant_id, seq, body) VALUES (?, ?, ?)"
_READ = (
    sa.select(entries.c.body)
    .where(entries.c.tenant_id == sa.bindparam(_TENANT), entries.c.seq > sa.bindparam(_AFTER))
    .order_by(entries.c.seq)
    .limit(sa.bindparam(_MOST, type_=sa.Integer))
)
_decode = decoders.of_json(Entry).decode
_encode = msgspec.json.Encoder().encode


class SqlLedger:
    """`ports.work.LedgerBook`. The head's row is the lock that puts a tenant's writers in line."""

    def __init__(self, scope: Scope, *, writable: bool) -> None:
        self._scope = scope
        self._locking = writable and scope.dialect.name == "postgresql"

    def head(self, tenant_id: str) -> tuple[int, str]:
        text = f"{_HEAD} FOR UPDATE" if self._locking else _HEAD
        connection = self._scope.of(tenant_id)
        found = drive(connection, text, (tenant_id,)).fetchone()
        if found is None and self._locking:  # a row that is not there cannot be locked
            drive(connection, _BEGIN, (tenant_id, 0, GENESIS))
            found = drive(connection, text, (tenant_id,)).fetchone()
        return (0, GENESIS) if found is None else tuple(found)

    def append(self, entry: Entry) -> None:
        """Move the head if it is the one that the entry follows, and store the entry.

        Its facts are canonical JSON already: nothing in them is beyond what a database can keep.
        """
        connection, place = self._scope.of(entry.tenant_id), (entry.tenant_id, entry.seq)
        before = (entry.tenant_id, entry.seq - 1, entry.prev)
        moved = drive(connection, _MOVE, (entry.seq, entry.hash, *before)).rowcount
        if not moved and (entry.seq, entry.prev) == (1, GENESIS):
            moved = drive(connection, _BEGIN, (*place, entry.hash)).rowcount
        if not moved:
            seq, _ = self.head(entry.tenant_id)
            raise conflict(
                "ledger.out_of_order",
                f"entry {entry.seq} of {entry.tenant_id} does not follow entry {seq}",
            )
        drive(connection, _APPEND, (*place, _encode(entry).decode()))

    def read(self, tenant_id: str, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        bounds = {_TENANT: tenant_id, _AFTER: after, _MOST: limit}
        return [
            _decode(body) for body in self._scope.of(tenant_id).execute(_READ, bounds).scalars()
        ]

    def tenants(self) -> list[str]:
        statement = sa.select(heads.c.tenant_id).where(heads.c.seq > 0).order_by(heads.c.tenant_id)
        return list(self._scope.of(EVERY).execute(statement).scalars())
