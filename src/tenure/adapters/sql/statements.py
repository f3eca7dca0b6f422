"""The statements over a noun's table, each built once: building one costs five times its running.

Their parameters are named after the filter they stand for, or `this_…`, as no column is.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert
Names = tuple[str, ...]

TENANT, ID, MOST, LAST = "this_tenant", "this_id", "this_many", "this_last"
NULL = "null"
"""The comparison of a filter that asks for what is not there."""
_COMPARISONS = {"": "__eq__", "gte": "__ge__", "lt": "__lt__"}


def insert_into(dialect: str, table: sa.Table) -> Insert:
    """Return an INSERT that knows ON CONFLICT, in the dialect."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def is_known(table: sa.Table, name: str) -> bool:
    """Return whether values can be filtered by `attribute` or `attribute__comparison`."""
    attribute, _, comparison = name.partition("__")
    is_column = attribute in table.c and attribute not in {"tenant_id", "body"}
    return is_column and comparison in _COMPARISONS


@cache
def one(table: sa.Table, *, lock: bool) -> sa.Select[Any]:
    """Select the body of one value."""
    statement = sa.select(table.c.body).where(*_is_this(table))
    return statement.with_for_update() if lock else statement


@cache
def place(table: sa.Table, order: Names) -> sa.Select[Any]:
    """Select what a value is sorted by."""
    return sa.select(*(table.c[name] for name in order)).where(*_is_this(table))


@cache
def some(table: sa.Table, order: Names, names: Names, *, beyond: bool) -> sa.Select[Any]:
    """Select the bodies of a tenant's values that pass the filters, in order.

    With `beyond` those whose place comes after the one given as `LAST` and a number.
    """
    statement = sa.select(table.c.body).where(*_pass(table, names))
    columns = [table.c[name] for name in order]
    if beyond:
        last = [sa.bindparam(f"{LAST}_{n}", type_=c.type) for n, c in enumerate(columns)]
        statement = statement.where(sa.tuple_(*columns) > sa.tuple_(*last))
    return statement.order_by(*columns).limit(sa.bindparam(MOST, type_=sa.Integer))


@cache
def last(table: sa.Table, order: Names, names: Names) -> sa.Select[Any]:
    """Select the body of the last of a tenant's values that pass the filters."""
    backwards = (table.c[name].desc() for name in order)
    return sa.select(table.c.body).where(*_pass(table, names)).order_by(*backwards).limit(1)


@cache
def count(table: sa.Table, names: Names) -> sa.Select[Any]:
    """Count a tenant's values that pass the filters."""
    return sa.select(sa.func.count()).select_from(table).where(*_pass(table, names))


@cache
def add(table: sa.Table, dialect: str) -> Insert:
    """Insert a value, unless it is there."""
    return insert_into(dialect, table).on_conflict_do_nothing()


@cache
def put(table: sa.Table, dialect: str) -> Insert:
    """Insert a value, or replace it."""
    insert = insert_into(dialect, table)
    changes = {c.name: insert.excluded[c.name] for c in table.c if not c.primary_key}
    return insert.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=changes)


@cache
def save(table: sa.Table) -> sa.Update:
    """Replace a value; the columns are those that parameters are given for."""
    return sa.update(table).where(*_is_this(table))


@cache
def remove(table: sa.Table) -> sa.Delete:
    """Delete a value."""
    return sa.delete(table).where(*_is_this(table))


def _is_this(table: sa.Table) -> Sequence[sa.ColumnElement[bool]]:
    return table.c.tenant_id == sa.bindparam(TENANT), table.c.id == sa.bindparam(ID)


def _pass(table: sa.Table, names: Names) -> list[sa.ColumnElement[bool]]:
    return [
        table.c.tenant_id == sa.bindparam(TENANT),
        *(_condition(table, name) for name in names),
    ]


def _condition(table: sa.Table, name: str) -> sa.ColumnElement[bool]:
    attribute, _, comparison = name.partition("__")
    column = table.c[attribute]
    if comparison == NULL:
        return column.is_(None)
    compared: sa.ColumnElement[bool] = getattr(column, _COMPARISONS[comparison])(
        sa.bindparam(name, type_=column.type)
    )
    return compared
