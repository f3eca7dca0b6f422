"""Predictions that wait for labels, in bulk: rows go in as columns, the joining is set-based SQL.

A label finds its prediction by request id and row, else every prediction with its key. Labels
count in the order in which they were posted: the last value stays.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from tenure.adapters.sql import joining, statements
from tenure.adapters.sql.bulk import insert_columns
from tenure.adapters.sql.columns import instant_of, microseconds, plain, plain_all
from tenure.adapters.sql.scope import Scope
from tenure.adapters.sql.tables import predictions
from tenure.adapters.sql.tables import waiting_labels as waiting
from tenure.ports.outcomes import Columns, JoinResult, Made, NewLabel


class SqlOutcomes:
    """`ports.work.Outcomes`. Writers of one model stand in line, so that no label counts twice."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add_predictions(self, tenant_id: str, model_id: str, made: Made) -> int:
        self._stand_in_line(tenant_id, model_id)
        rows = len(made.request_id)
        columns: dict[str, Sequence[Any]] = {
            "tenant_id": [tenant_id] * rows,
            "model_id": [model_id] * rows,
            "request_id": plain_all(made.request_id),
            "row": made.row,
            "key": plain_all(made.key),
            "made_at": made.made_at,
        }
        insert = statements.add(predictions, self._scope.dialect.name)
        return insert_columns(self._scope.of(tenant_id), insert, columns)

    def join(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> JoinResult:
        self._stand_in_line(tenant_id, model_id)
        connection = self._scope.of(tenant_id)
        joining.stage(connection, _columns(labels))
        joining.match(connection, tenant_id, model_id)
        joining.write(connection, tenant_id, model_id)
        unknown = joining.unmatched(connection)
        joined, corrected = joining.effects(connection)
        return JoinResult(
            joined=joined,
            repeated=len(labels) - len(unknown) - joined - corrected,
            corrected=corrected,
            unknown=tuple(labels[n] for n in unknown),
            days=tuple(instant_of(day) for day in joining.days(connection)),
        )

    def keep_waiting(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> None:
        self._stand_in_line(tenant_id, model_id)
        newest = {_target(label): label for label in labels}
        columns = _columns(list(newest.values()))
        del columns["n"]
        columns |= {"tenant_id": [tenant_id] * len(newest), "model_id": [model_id] * len(newest)}
        insert_columns(self._scope.of(tenant_id), _keep(self._scope.dialect.name), columns)

    def waiting(
        self,
        tenant_id: str,
        model_id: str,
        *,
        answered_by: Made | None = None,
        limit: int | None = None,
    ) -> list[NewLabel]:
        columns = waiting.c
        statement = (
            sa.select(columns.key, columns.request_id, columns.row, columns.value, columns.at)
            .where(*_of(waiting, tenant_id, model_id))
            .order_by(columns.at, columns.target, columns.row)
            .limit(limit)
        )
        if answered_by is not None:
            rows = len(answered_by.request_id)
            held = self._held(tenant_id, model_id, rows + 1)
            if not held:  # as a rule: truth comes after the answer
                return []
            if held <= rows:
                statement = statement.where(_is_answered())
            else:
                joining.stage(self._scope.of(tenant_id), _names_of(answered_by))
                statement = statement.where(joining.is_staged(columns.target, columns.row))
        return [NewLabel(*row) for row in self._scope.of(tenant_id).execute(statement)]

    def forget_waiting(self, tenant_id: str, model_id: str, before: datetime) -> int:
        self._stand_in_line(tenant_id, model_id)
        mine = _of(waiting, tenant_id, model_id)
        statement = sa.delete(waiting).where(*mine, waiting.c.at < before)
        return self._scope.of(tenant_id).execute(statement).rowcount

    def drop_waiting(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> None:
        self._stand_in_line(tenant_id, model_id)
        joining.stage(self._scope.of(tenant_id), _columns(labels))
        joining.drop_waiting(self._scope.of(tenant_id), tenant_id, model_id)

    def labelled(
        self,
        tenant_id: str,
        model_id: str,
        *,
        made_from: datetime | None = None,
        made_until: datetime | None = None,
        known_until: datetime | None = None,
        known_from: datetime | None = None,
    ) -> Columns:
        columns = predictions.c
        at, known = columns.made_at, columns.labelled_at
        bounds = (
            None if made_from is None else at >= made_from,
            None if made_until is None else at < made_until,
            None if known_from is None else known >= known_from,
            None if known_until is None else known < known_until,
        )
        statement = (
            sa.select(columns.request_id, columns.row, at, columns.label, known)
            .where(*_of(predictions, tenant_id, model_id), columns.label.is_not(None))
            .where(*(bound for bound in bounds if bound is not None))
            .order_by(at, columns.request_id, columns.row)
        )
        rows = self._scope.of(tenant_id).execute(statement).all()
        return Columns(*(list(column) for column in zip(*rows, strict=True))) if rows else _NOTHING

    def forget(self, tenant_id: str, model_id: str, made_before: datetime) -> int:
        self._stand_in_line(tenant_id, model_id)
        mine = _of(predictions, tenant_id, model_id)
        statement = sa.delete(predictions).where(*mine, predictions.c.made_at < made_before)
        return self._scope.of(tenant_id).execute(statement).rowcount

    def counts(self, tenant_id: str, model_id: str) -> dict[str, int]:
        statement = sa.select(sa.func.count(), sa.func.count(predictions.c.label)).where(
            *_of(predictions, tenant_id, model_id)
        )
        total, labelled = self._scope.of(tenant_id).execute(statement).one()
        mine = sa.select(sa.func.count()).where(*_of(waiting, tenant_id, model_id))
        held = self._scope.of(tenant_id).execute(mine).scalar_one()
        return {"predictions": total, "labelled": labelled, "waiting": held}

    def _held(self, tenant_id: str, model_id: str, most: int) -> int:
        """Return how many labels wait, counted up to `most`."""
        bounds = {"this_tenant": tenant_id, "this_model": model_id, "most": most}
        found: int = self._scope.of(tenant_id).execute(_HELD, bounds).scalar_one()
        return found

    def _stand_in_line(self, tenant_id: str, model_id: str) -> None:
        """Let one transaction at a time write a model's outcomes; SQLite has one writer anyway."""
        if self._scope.dialect.name == "postgresql":
            name = f"tenure.outcomes\x1f{tenant_id}\x1f{model_id}"
            lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))
            self._scope.of(tenant_id).execute(sa.select(lock))


_NOTHING = Columns([], [], [], [], [])
_SOME_WAITING = (
    sa.select(waiting.c.row)
    .where(
        waiting.c.tenant_id == sa.bindparam("this_tenant"),
        waiting.c.model_id == sa.bindparam("this_model"),
    )
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_HELD = sa.select(sa.func.count()).select_from(_SOME_WAITING.subquery())


@cache
def _keep(dialect: str) -> statements.Insert:
    """Keep a label that waits, or its newer value; the same again keeps its date."""
    insert = statements.insert_into(dialect, waiting)
    return insert.on_conflict_do_update(
        index_elements=["tenant_id", "model_id", "target", "row"],
        set_={name: insert.excluded[name] for name in ("key", "request_id", "value", "at")},
        where=waiting.c.value != insert.excluded["value"],
    )


def _of(table: sa.Table, tenant_id: str, model_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.tenant_id == tenant_id, table.c.model_id == model_id


def _is_answered() -> sa.ColumnElement[bool]:
    """Hold for a waiting label whose prediction is there."""
    made = predictions.c
    same = (made.tenant_id == waiting.c.tenant_id, made.model_id == waiting.c.model_id)
    by_request = (made.request_id == waiting.c.request_id, made.row == waiting.c.row)
    by_key = (waiting.c.request_id.is_(None), made.key == waiting.c.key)
    return sa.or_(
        sa.exists().where(*same, *by_request).correlate(waiting),
        sa.exists().where(*same, *by_key).correlate(waiting),
    )


def _columns(labels: Sequence[NewLabel]) -> dict[str, Sequence[Any]]:
    """Return labels as columns, numbered in order."""
    targets = [_target(label) for label in labels]
    return {
        "n": list(range(len(labels))),
        "target": [target for target, _ in targets],
        "key": [_plain(label.key) for label in labels],
        "request_id": [_plain(label.request_id) for label in labels],
        "row": [row for _, row in targets],
        "value": [_finite(label.value) for label in labels],
        "at": [microseconds(label.at) for label in labels],
    }


def _names_of(made: Made) -> dict[str, Sequence[Any]]:
    """Return staged labels, one for every name that a prediction has."""
    keys = {key for key in made.key if key is not None}
    names = [*(f"r{name}" for name in made.request_id), *(f"k{key}" for key in keys)]
    nothing = [None] * len(names)
    return {
        "n": list(range(len(names))),
        "target": plain_all(names),
        "key": nothing,
        "request_id": nothing,
        "row": [*made.row, *([0] * len(keys))],
        "value": [0.0] * len(names),
        "at": [0] * len(names),
    }


def _target(label: NewLabel) -> tuple[str, int]:
    """Return what a label is for: a request's row, or a key (which has no rows)."""
    if label.request_id is not None:
        return "r" + plain(label.request_id), label.row
    return "k" + plain(label.key or ""), 0


def _plain(text: str | None) -> str | None:
    return None if text is None else plain(text)


def _finite(value: float) -> float:
    """Refuse NaN: SQLite would keep it as null, that is, as a prediction without a label."""
    if not math.isfinite(value):
        raise ValueError("labels are finite numbers; others are put aside before the join")
    return value
