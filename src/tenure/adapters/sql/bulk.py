"""Many rows in one go, given as columns: statements of many rows on SQLite, arrays on PostgreSQL.

Values are as the database keeps them (times as microseconds): the per-value work of SQLAlchemy's
types would cost more than the insert.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from tenure.adapters.sql.statements import Insert

BLOCK = 100
"""Rows of one statement on SQLite; a row by itself (executemany) costs nearly twice as much."""


def insert_columns(
    connection: sa.Connection, insert: Insert, columns: dict[str, Sequence[Any]]
) -> int:
    """Insert rows given as columns of equal length; return how many were stored."""
    if not next(iter(columns.values())):
        return 0
    if connection.dialect.name == "postgresql":
        return connection.execute(_from_arrays(insert, columns)).rowcount
    one, order = _compiled(insert, connection.dialect, tuple(columns))
    return _in_blocks(connection, one, [columns[name] for name in order])


@lru_cache
def _compiled(
    insert: Insert, dialect: sa.Dialect, columns: tuple[str, ...]
) -> tuple[str, list[str]]:
    """Return the text that inserts one row, and the order in which it takes the columns."""
    compiled = insert.compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), cast("list[str]", compiled.positiontup)


def _in_blocks(connection: sa.Connection, one: str, columns: list[Sequence[Any]]) -> int:
    """Insert with statements of `BLOCK` rows, and the rest row by row; `one` inserts one row."""
    rows = list(zip(*columns, strict=True))
    row = f"({', '.join('?' * len(columns))})"
    many = one.replace(row, ", ".join([row] * BLOCK), 1)
    whole = len(rows) - len(rows) % BLOCK
    stored = 0
    for start in range(0, whole, BLOCK):
        values = tuple(chain.from_iterable(rows[start : start + BLOCK]))
        stored += connection.exec_driver_sql(many, values).rowcount
    if whole < len(rows):
        stored += connection.exec_driver_sql(one, rows[whole:]).rowcount
    return stored


def _from_arrays(insert: Insert, columns: dict[str, Sequence[Any]]) -> Insert:
    """Insert from arrays, one bound parameter a column: as fast as COPY, and still one statement."""
    table = cast("sa.Table", insert.table)
    arrays = [
        sa.bindparam(None, values, type_=postgresql.ARRAY(_stored(table.c[name].type)))
        for name, values in columns.items()
    ]
    source = sa.func.unnest(*arrays).table_valued(*columns).render_derived()
    return insert.from_select(list(columns), sa.select(*source.c))


def _stored(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind
