"""Values of one noun in one table. Another tenant's value does not exist here."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tenure.adapters.sql import nouns
from tenure.adapters.sql.columns import to_json
from tenure.adapters.sql.nouns import Noun
from tenure.core.clock import BusinessClock
from tenure.core.errors import conflict, not_found
from tenure.core.keys import ApiKey
from tenure.core.tenants import SYSTEM

T = TypeVar("T")
Insert = postgresql.Insert | sqlite.Insert


def insert_into(connection: sa.Connection, table: sa.Table) -> Insert:
    """Return an INSERT that knows ON CONFLICT, in the connection's dialect."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


class SqlRepository(Generic[T]):
    """`ports.work.Repository` over one table."""

    def __init__(self, connection: sa.Connection, noun: Noun[T]) -> None:
        self._connection = connection
        self._noun = noun
        self._table = noun.table

    def get(self, tenant_id: str, value_id: str, *, lock: bool = False) -> T:
        value = self._read(tenant_id, value_id, lock=lock)
        if value is None:
            raise self._missing(value_id)
        return value

    def find(self, tenant_id: str, value_id: str) -> T | None:
        return self._read(tenant_id, value_id, lock=False)

    def list(
        self, tenant_id: str, *, limit: int = 1000, after: str | None = None, **where: object
    ) -> list[T]:
        columns = self._table.c
        order = [columns[name] for name in self._noun.order]
        statement = sa.select(columns.body).where(columns.tenant_id == tenant_id)
        for name, value in where.items():
            statement = statement.where(self._condition(name, value))
        if after is not None:
            statement = statement.where(self._beyond(tenant_id, after, order))
        bodies = self._connection.execute(statement.order_by(*order).limit(limit)).scalars()
        return [self._noun.decode(body) for body in bodies]

    def count(self, tenant_id: str, **where: object) -> int:
        statement = sa.select(sa.func.count()).where(self._table.c.tenant_id == tenant_id)
        for name, value in where.items():
            statement = statement.where(self._condition(name, value))
        return self._connection.execute(statement).scalar_one()

    def add(self, tenant_id: str, value: T) -> None:
        statement = insert_into(self._connection, self._table).on_conflict_do_nothing()
        if self._connection.execute(statement, self._row(tenant_id, value)).rowcount == 0:
            name = self._noun.name
            raise conflict(f"{name}.exists", f"there is already a {name} {self._id(value)!r}")

    def save(self, tenant_id: str, value: T) -> None:
        row = self._row(tenant_id, value)
        statement = sa.update(self._table).where(*self._is(tenant_id, self._id(value))).values(row)
        if self._connection.execute(statement).rowcount == 0:
            raise self._missing(self._id(value))

    def put(self, tenant_id: str, value: T) -> None:
        insert = insert_into(self._connection, self._table)
        changes = {name: insert.excluded[name] for name in (*self._noun.attributes, "body")}
        statement = insert.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=changes)
        self._connection.execute(statement, self._row(tenant_id, value))

    def remove(self, tenant_id: str, value_id: str) -> None:
        self._connection.execute(sa.delete(self._table).where(*self._is(tenant_id, value_id)))

    def _read(self, tenant_id: str, value_id: str, *, lock: bool) -> T | None:
        statement = sa.select(self._table.c.body).where(*self._is(tenant_id, value_id))
        if lock:
            statement = statement.with_for_update()
        body = self._connection.execute(statement).scalar_one_or_none()
        return None if body is None else self._noun.decode(body)

    def _is(self, tenant_id: str, value_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return self._table.c.tenant_id == tenant_id, self._table.c.id == value_id

    def _id(self, value: T) -> str:
        return self._noun.id_of(value)

    def _row(self, tenant_id: str, value: T) -> dict[str, Any]:
        """Return the columns of a value; storing it under another tenant is a programming error."""
        if getattr(value, "tenant_id", tenant_id) != tenant_id:
            raise ValueError(f"{self._noun.name} {self._id(value)} is not of tenant {tenant_id}")
        row = {name: getattr(value, name) for name in self._noun.attributes}
        body = to_json(value, self._noun.name)
        return {"tenant_id": tenant_id, "id": self._id(value), **row, "body": body}

    def _condition(self, name: str, value: object) -> sa.ColumnElement[bool]:
        """Translate one filter; an attribute that is not indexed is a programming error."""
        attribute, _, comparison = name.partition("__")
        if attribute not in (*self._noun.attributes, "id") or comparison not in {"", "gte", "lt"}:
            raise ValueError(f"{self._noun.name} cannot be listed by {name}")
        column = self._table.c[attribute]
        if comparison == "gte":
            return column >= value
        if comparison == "lt":
            return column < value
        return column.is_(None) if value is None else column == value

    def _beyond(
        self, tenant_id: str, after: str, order: Sequence[sa.Column[Any]]
    ) -> sa.ColumnElement[bool]:
        """Return what holds for values that come after the value with the id `after`."""
        if len(order) == 1:
            return order[0] > after
        statement = sa.select(*order).where(*self._is(tenant_id, after))
        last = self._connection.execute(statement).one_or_none()
        if last is None:
            raise self._missing(after)
        binds = [sa.literal(value, c.type) for c, value in zip(order, last, strict=True)]
        return sa.tuple_(*order) > sa.tuple_(*binds)

    def _missing(self, value_id: str) -> Exception:
        name = self._noun.name
        return not_found(f"{name}.not_found", f"there is no {name} {value_id!r}")


class SqlKeys(SqlRepository[ApiKey]):
    """API keys, which are also looked up by what a request carries."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection, nouns.KEYS)

    def by_digest(self, digest: str) -> ApiKey | None:
        statement = sa.select(self._table.c.body).where(self._table.c.digest == digest)
        body = self._connection.execute(statement).scalar_one_or_none()
        return None if body is None else self._noun.decode(body)


class SqlClocks(SqlRepository[BusinessClock]):
    """Business clocks, which the collector looks at all together."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection, nouns.CLOCKS)

    def all(self) -> list[BusinessClock]:
        tenants = self._table.c.tenant_id != SYSTEM
        statement = sa.select(self._table.c.body).where(tenants).order_by(self._table.c.tenant_id)
        return [self._noun.decode(body) for body in self._connection.execute(statement).scalars()]
