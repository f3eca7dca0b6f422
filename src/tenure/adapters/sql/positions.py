"""How far each segment of the prediction log has been read."""

from functools import cache

import sqlalchemy as sa

from tenure.adapters.sql import statements
from tenure.adapters.sql.scope import Scope
from tenure.adapters.sql.statements import Insert
from tenure.adapters.sql.tables import positions
from tenure.core.tenants import SYSTEM

_SEGMENT, _SEEN = "this_segment", "this_offset"
_IS_THIS = (positions.c.tenant_id == SYSTEM, positions.c.segment == sa.bindparam(_SEGMENT))
_GET = sa.select(positions.c.offset).where(*_IS_THIS)
_REMOVE = sa.delete(positions).where(*_IS_THIS)
_ALL = (
    sa.select(positions.c.segment, positions.c.offset)
    .where(positions.c.tenant_id == SYSTEM)
    .order_by(positions.c.segment)
)


class SqlPositions:
    """`ports.work.Positions`. Segments belong to the house: one holds many tenants."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get(self, segment: str) -> int:
        found = self._scope.of(SYSTEM).execute(_GET, {_SEGMENT: segment})
        offset: int | None = found.scalar_one_or_none()
        return offset or 0

    def set(self, segment: str, offset: int, *, seen: int | None = None) -> bool:
        statement = _put(self._scope.dialect.name, is_seen=seen is not None)
        row = {"tenant_id": SYSTEM, "segment": segment, "offset": offset}
        was = {} if seen is None else {_SEEN: seen}
        return self._scope.of(SYSTEM).execute(statement, row | was).rowcount == 1

    def remove(self, segment: str) -> None:
        self._scope.of(SYSTEM).execute(_REMOVE, {_SEGMENT: segment})

    def all(self) -> dict[str, int]:
        return {row.segment: row.offset for row in self._scope.of(SYSTEM).execute(_ALL)}


@cache
def _put(dialect: str, *, is_seen: bool) -> Insert:
    insert = statements.insert_into(dialect, positions)
    return insert.on_conflict_do_update(
        index_elements=["tenant_id", "segment"],
        set_={"offset": insert.excluded["offset"]},
        where=positions.c.offset == sa.bindparam(_SEEN) if is_seen else None,
    )
