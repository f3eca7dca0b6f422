"""The joining of labels to predictions, in SQL over two temporary tables.

Labels are staged in the order of posting, matched to predictions together with the value they
meet there, and the newest differing value is written. Rows vanish with the transaction.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from tenure.adapters.sql.bulk import insert_columns
from tenure.adapters.sql.columns import DAY_MICROSECONDS, Instant, Text
from tenure.adapters.sql.statements import Insert, insert_into
from tenure.adapters.sql.tables import waiting_labels

_temporary = sa.MetaData()

staged = sa.Table(
    "staged_labels",
    _temporary,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),  # order of posting
    sa.Column("target", Text, nullable=False),
    sa.Column("key", Text),
    sa.Column("request_id", Text),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("at", Instant, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
matched = sa.Table(
    "matched_labels",
    _temporary,
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("request_id", Text, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("effect", sa.Integer, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
REPEATED, JOINED, CORRECTED = 0, 1, 2
"""What a label does to one prediction; of several, the largest says what the label did."""

# CROSS JOIN makes SQLite begin with the labels; it would begin with all predictions of the model.
_MATCH = sa.text("""
INSERT INTO matched_labels (n, request_id, row, made_at, value, at, effect)
WITH hits AS (
    SELECT s.n, p.request_id, p.row, p.made_at, p.label, s.value, s.at
    FROM staged_labels AS s CROSS JOIN predictions AS p
    WHERE p.tenant_id = :tenant_id AND p.model_id = :model_id
        AND p.request_id = s.request_id AND p.row = s.row
    UNION ALL
    SELECT s.n, p.request_id, p.row, p.made_at, p.label, s.value, s.at
    FROM staged_labels AS s CROSS JOIN predictions AS p
    WHERE p.tenant_id = :tenant_id AND p.model_id = :model_id
        AND p.key = s.key AND s.request_id IS NULL
),
met AS (
    SELECT hits.*, COALESCE(LAG(value) OVER (PARTITION BY request_id, row ORDER BY n), label) AS old
    FROM hits
)
SELECT n, request_id, row, made_at, value, at,
    CASE WHEN old IS NULL THEN 1 WHEN old = value THEN 0 ELSE 2 END
FROM met
""")
_WRITE = sa.text("""
INSERT INTO predictions (tenant_id, model_id, request_id, row, made_at, label, labelled_at)
SELECT :tenant_id, :model_id, request_id, row, made_at, value, at
FROM (
    SELECT m.*, ROW_NUMBER() OVER (PARTITION BY request_id, row ORDER BY n DESC) AS newest
    FROM matched_labels AS m
    WHERE effect <> 0
) AS changes
WHERE newest = 1
ON CONFLICT (tenant_id, model_id, request_id, row)
DO UPDATE SET label = excluded.label, labelled_at = excluded.labelled_at
""")

_BY_LABEL = (
    sa.select(sa.func.max(matched.c.effect).label("effect"))
    .group_by(matched.c.n)
    .subquery("by_label")
)
_EFFECTS = sa.select(_BY_LABEL.c.effect, sa.func.count()).group_by(_BY_LABEL.c.effect)
_UNMATCHED = (
    sa.select(staged.c.n).where(staged.c.n.not_in(sa.select(matched.c.n))).order_by(staged.c.n)
)
_MADE = sa.type_coerce(matched.c.made_at, sa.BigInteger)
_WITHIN = (_MADE % DAY_MICROSECONDS + DAY_MICROSECONDS) % DAY_MICROSECONDS  # also before 1970
_DAYS = sa.select((_MADE - _WITHIN).label("day")).where(matched.c.effect != REPEATED).distinct()


def stage(connection: sa.Connection, labels: dict[str, Sequence[Any]]) -> None:
    """Put labels, given as columns, into an emptied temporary table."""
    for statement in _emptied(connection.dialect):
        connection.exec_driver_sql(statement)
    insert_columns(connection, _insert(connection.dialect.name), labels)
    if connection.dialect.name == "postgresql":  # nothing else ever counts a temporary table
        connection.execute(sa.text("ANALYZE staged_labels"))


@cache
def _emptied(dialect: sa.Dialect) -> tuple[str, ...]:
    """Return what makes both tables, where they are not there, and empties them."""
    return tuple(
        str(statement.compile(dialect=dialect))
        for table in (staged, matched)
        for statement in (sa.schema.CreateTable(table, if_not_exists=True), sa.delete(table))
    )


@cache
def _insert(dialect: str) -> Insert:
    return insert_into(dialect, staged)


def is_staged(target: sa.Column[Any], row: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Hold for what a staged label is for as well."""
    return sa.tuple_(target, row).in_(sa.select(staged.c.target, staged.c.row))


def match(connection: sa.Connection, tenant_id: str, model_id: str) -> None:
    """Find each label's predictions, and what the label does to each of them."""
    connection.execute(_MATCH, {"tenant_id": tenant_id, "model_id": model_id})


def write(connection: sa.Connection, tenant_id: str, model_id: str) -> None:
    """Give each prediction the newest value that differs from what it had.

    An upsert of rows that are all there: SQLite plans UPDATE … FROM as a loop over every prediction.
    """
    connection.execute(_WRITE, {"tenant_id": tenant_id, "model_id": model_id})


def effects(connection: sa.Connection) -> tuple[int, int]:
    """Return how many labels joined something, and how many corrected something."""
    counts = {row[0]: row[1] for row in connection.execute(_EFFECTS)}
    return counts.get(JOINED, 0), counts.get(CORRECTED, 0)


def unmatched(connection: sa.Connection) -> list[int]:
    """Return the numbers of the labels that found no prediction."""
    return list(connection.execute(_UNMATCHED).scalars())


def days(connection: sa.Connection) -> list[int]:
    """Return the UTC days of the predictions that changed, in microseconds, in order."""
    return sorted(connection.execute(_DAYS).scalars())


def drop_waiting(connection: sa.Connection, tenant_id: str, model_id: str) -> None:
    """Remove the staged labels from those that wait, unless the value has changed since."""
    waiting = waiting_labels.c
    same = sa.tuple_(waiting.target, waiting.row, waiting.value).in_(
        sa.select(staged.c.target, staged.c.row, staged.c.value)
    )
    mine = (waiting.tenant_id == tenant_id, waiting.model_id == model_id)
    connection.execute(sa.delete(waiting_labels).where(*mine, same))
