"""Values of one noun in one table. Another tenant's value does not exist here."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from tenure.adapters.sql import nouns, statements
from tenure.adapters.sql.columns import to_json
from tenure.adapters.sql.nouns import Noun
from tenure.adapters.sql.scope import EVERY, Scope
from tenure.core.clock import BusinessClock
from tenure.core.errors import conflict, not_found
from tenure.core.keys import ApiKey
from tenure.core.tenants import SYSTEM

T = TypeVar("T")


class SqlRepository(Generic[T]):
    """`ports.work.Repository` over one table."""

    def __init__(self, scope: Scope, noun: Noun[T]) -> None:
        self._scope = scope
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
        names, values = self._filters(tenant_id, where)
        values[statements.MOST] = limit
        if after is not None:
            place = self._place(tenant_id, after)
            values |= {f"{statements.LAST}_{n}": value for n, value in enumerate(place)}
        order, beyond = self._noun.order, after is not None
        statement = statements.some(self._table, order, names, beyond=beyond)
        bodies = self._scope.of(tenant_id).execute(statement, values).scalars()
        return [self._noun.decode(body) for body in bodies]

    def last(self, tenant_id: str, **where: object) -> T | None:
        names, values = self._filters(tenant_id, where)
        statement = statements.last(self._table, self._noun.order, names)
        body = self._scope.of(tenant_id).execute(statement, values).scalar_one_or_none()
        return None if body is None else self._noun.decode(body)

    def count(self, tenant_id: str, **where: object) -> int:
        names, values = self._filters(tenant_id, where)
        found: int = (
            self._scope.of(tenant_id)
            .execute(statements.count(self._table, names), values)
            .scalar_one()
        )
        return found

    def add(self, tenant_id: str, value: T) -> None:
        statement = statements.add(self._table, self._scope.dialect.name)
        if self._scope.of(tenant_id).execute(statement, self._row(tenant_id, value)).rowcount == 0:
            name = self._noun.name
            raise conflict(f"{name}.exists", f"there is already a {name} {self._id(value)!r}")

    def save(self, tenant_id: str, value: T) -> None:
        row = self._row(tenant_id, value)
        this = {statements.TENANT: row.pop("tenant_id"), statements.ID: row.pop("id")}
        saved = self._scope.of(tenant_id).execute(statements.save(self._table), row | this)
        if saved.rowcount == 0:
            raise self._missing(self._id(value))

    def put(self, tenant_id: str, value: T) -> None:
        self.put_all(tenant_id, [value])

    def put_all(self, tenant_id: str, values: Sequence[T]) -> None:
        if values:
            statement = statements.put(self._table, self._scope.dialect.name)
            rows = [self._row(tenant_id, value) for value in values]
            self._scope.of(tenant_id).execute(statement, rows)

    def remove(self, tenant_id: str, value_id: str) -> None:
        self.remove_all(tenant_id, [value_id])

    def remove_all(self, tenant_id: str, value_ids: Sequence[str]) -> None:
        if value_ids:
            these = [_this(tenant_id, value_id) for value_id in value_ids]
            self._scope.of(tenant_id).execute(statements.remove(self._table), these)

    def _read(self, tenant_id: str, value_id: str, *, lock: bool) -> T | None:
        statement = statements.one(self._table, lock=lock)
        found = self._scope.of(tenant_id).execute(statement, _this(tenant_id, value_id))
        body = found.scalar_one_or_none()
        return None if body is None else self._noun.decode(body)

    def _id(self, value: T) -> str:
        return self._noun.id_of(value)

    def _row(self, tenant_id: str, value: T) -> dict[str, Any]:
        """Return the columns of a value; storing it under another tenant is a programming error."""
        if getattr(value, "tenant_id", tenant_id) != tenant_id:
            raise ValueError(f"{self._noun.name} {self._id(value)} is not of tenant {tenant_id}")
        row = {name: getattr(value, name) for name in self._noun.attributes}
        body = to_json(value, self._noun.name)
        return {"tenant_id": tenant_id, "id": self._id(value), **row, "body": body}

    def _filters(
        self, tenant_id: str, where: dict[str, object]
    ) -> tuple[statements.Names, dict[str, Any]]:
        """Return the filters' names and their values; one that is no column is a programming error."""
        values: dict[str, Any] = {statements.TENANT: tenant_id}
        names = []
        for name, value in where.items():
            if not statements.is_known(self._table, name):
                raise ValueError(f"{self._noun.name} cannot be listed by {name}")
            if value is None:
                names.append(f"{name}__{statements.NULL}")
            else:
                names.append(name)
                values[name] = value
        return tuple(names), values

    def _place(self, tenant_id: str, value_id: str) -> tuple[Any, ...]:
        """Return what the value is sorted by; the id alone says it where ids are the order."""
        if len(self._noun.order) == 1:
            return (value_id,)
        statement = statements.place(self._table, self._noun.order)
        last = (
            self._scope.of(tenant_id).execute(statement, _this(tenant_id, value_id)).one_or_none()
        )
        if last is None:
            raise self._missing(value_id)
        return tuple(last)

    def _missing(self, value_id: str) -> Exception:
        name = self._noun.name
        return not_found(f"{name}.not_found", f"there is no {name} {value_id!r}")


def _this(tenant_id: str, value_id: str) -> dict[str, str]:
    return {statements.TENANT: tenant_id, statements.ID: value_id}


class SqlKeys(SqlRepository[ApiKey]):
    """API keys, which are also looked up by what a request carries."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope, nouns.KEYS)

    def by_digest(self, digest: str) -> ApiKey | None:
        body = (
            self._scope.of(EVERY).execute(_BY_DIGEST, {"this_digest": digest}).scalar_one_or_none()
        )
        return None if body is None else self._noun.decode(body)


class SqlClocks(SqlRepository[BusinessClock]):
    """Business clocks, which the collector looks at all together."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope, nouns.CLOCKS)

    def all(self) -> list[BusinessClock]:
        return [self._noun.decode(body) for body in self._scope.of(EVERY).execute(_ALL).scalars()]


_KEYS, _CLOCKS = nouns.KEYS.table, nouns.CLOCKS.table
_BY_DIGEST = sa.select(_KEYS.c.body).where(_KEYS.c.digest == sa.bindparam("this_digest"))
_ALL = sa.select(_CLOCKS.c.body).where(_CLOCKS.c.tenant_id != SYSTEM).order_by(_CLOCKS.c.tenant_id)
