"""How far each segment of the prediction log has been read."""

import sqlalchemy as sa

from tenure.adapters.sql.repository import insert_into
from tenure.adapters.sql.tables import positions
from tenure.core.tenants import SYSTEM


class SqlPositions:
    """`ports.work.Positions`. Segments belong to the house: one holds many tenants."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, segment: str) -> int:
        statement = sa.select(positions.c.offset).where(
            positions.c.tenant_id == SYSTEM, positions.c.segment == segment
        )
        offset: int | None = self._connection.execute(statement).scalar_one_or_none()
        return offset or 0

    def set(self, segment: str, offset: int, *, seen: int | None = None) -> bool:
        insert = insert_into(self._connection, positions)
        statement = insert.on_conflict_do_update(
            index_elements=["tenant_id", "segment"],
            set_={"offset": insert.excluded["offset"]},
            where=None if seen is None else positions.c.offset == seen,
        )
        row = {"tenant_id": SYSTEM, "segment": segment, "offset": offset}
        return self._connection.execute(statement, row).rowcount == 1

    def remove(self, segment: str) -> None:
        mine = (positions.c.tenant_id == SYSTEM, positions.c.segment == segment)
        self._connection.execute(sa.delete(positions).where(*mine))

    def all(self) -> dict[str, int]:
        statement = (
            sa.select(positions.c.segment, positions.c.offset)
            .where(positions.c.tenant_id == SYSTEM)
            .order_by(positions.c.segment)
        )
        return {row.segment: row.offset for row in self._connection.execute(statement)}
