"""Predictions that wait for labels, in bulk: rows go in as columns, the joining is set-based SQL.

A label finds its prediction by request id and row, else every prediction with its key. Labels
count in the order in which they were posted: the last value stays.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tenure.adapters.sql import joining
from tenure.adapters.sql.bulk import insert_columns
from tenure.adapters.sql.columns import instant_of, microseconds, plain
from tenure.adapters.sql.repository import insert_into
from tenure.adapters.sql.tables import predictions
from tenure.adapters.sql.tables import waiting_labels as waiting
from tenure.ports.work import Columns, JoinResult, NewLabel, Prediction


class SqlOutcomes:
    """`ports.work.Outcomes`. Writers of one model stand in line, so that no label counts twice."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add_predictions(self, tenant_id: str, model_id: str, rows: Sequence[Prediction]) -> int:
        self._stand_in_line(tenant_id, model_id)
        columns: dict[str, list[Any]] = {
            "tenant_id": [tenant_id] * len(rows),
            "model_id": [model_id] * len(rows),
            "request_id": [plain(row.request_id) for row in rows],
            "row": [row.row for row in rows],
            "key": [_plain(row.key) for row in rows],
            "made_at": [microseconds(row.made_at) for row in rows],
            "label": [_finite(row.label) for row in rows],
            "labelled_at": [_microseconds(row.labelled_at) for row in rows],
        }
        insert = insert_into(self._connection, predictions).on_conflict_do_nothing()
        return insert_columns(self._connection, insert, columns)

    def join(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> JoinResult:
        self._stand_in_line(tenant_id, model_id)
        joining.stage(self._connection, _columns(labels))
        joining.match(self._connection, tenant_id, model_id)
        joining.write(self._connection, tenant_id, model_id)
        unknown = joining.unmatched(self._connection)
        joined, corrected = joining.effects(self._connection)
        return JoinResult(
            joined=joined,
            repeated=len(labels) - len(unknown) - joined - corrected,
            corrected=corrected,
            unknown=tuple(labels[n] for n in unknown),
            days=tuple(instant_of(day) for day in joining.days(self._connection)),
        )

    def keep_waiting(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> None:
        self._stand_in_line(tenant_id, model_id)
        newest = {_target(label): label for label in labels}
        insert = insert_into(self._connection, waiting)
        statement = insert.on_conflict_do_update(
            index_elements=["tenant_id", "model_id", "target", "row"],
            set_={name: insert.excluded[name] for name in ("key", "request_id", "value", "at")},
            where=waiting.c.value != insert.excluded["value"],  # the same again keeps its date
        )
        columns = _columns(list(newest.values()))
        del columns["n"]
        columns |= {"tenant_id": [tenant_id] * len(newest), "model_id": [model_id] * len(newest)}
        insert_columns(self._connection, statement, columns)

    def waiting(
        self,
        tenant_id: str,
        model_id: str,
        *,
        answered_by: Sequence[Prediction] | None = None,
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
            joining.stage(self._connection, _columns(_labels_for(answered_by)))
            statement = statement.where(joining.is_staged(columns.target, columns.row))
        return [NewLabel(*row) for row in self._connection.execute(statement)]

    def forget_waiting(self, tenant_id: str, model_id: str, before: datetime) -> int:
        self._stand_in_line(tenant_id, model_id)
        mine = _of(waiting, tenant_id, model_id)
        statement = sa.delete(waiting).where(*mine, waiting.c.at < before)
        return self._connection.execute(statement).rowcount

    def drop_waiting(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> None:
        self._stand_in_line(tenant_id, model_id)
        joining.stage(self._connection, _columns(labels))
        joining.drop_waiting(self._connection, tenant_id, model_id)

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
        rows = self._connection.execute(statement).all()
        return Columns(*(list(column) for column in zip(*rows, strict=True))) if rows else _NOTHING

    def counts(self, tenant_id: str, model_id: str) -> dict[str, int]:
        statement = sa.select(sa.func.count(), sa.func.count(predictions.c.label)).where(
            *_of(predictions, tenant_id, model_id)
        )
        total, labelled = self._connection.execute(statement).one()
        mine = sa.select(sa.func.count()).where(*_of(waiting, tenant_id, model_id))
        held = self._connection.execute(mine).scalar_one()
        return {"predictions": total, "labelled": labelled, "waiting": held}

    def _stand_in_line(self, tenant_id: str, model_id: str) -> None:
        """Let one transaction at a time write a model's outcomes; SQLite has one writer anyway."""
        if self._connection.dialect.name == "postgresql":
            name = f"tenure.outcomes\x1f{tenant_id}\x1f{model_id}"
            lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))
            self._connection.execute(sa.select(lock))


_NOTHING = Columns([], [], [], [], [])


def _of(table: sa.Table, tenant_id: str, model_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.tenant_id == tenant_id, table.c.model_id == model_id


def _columns(labels: Sequence[NewLabel]) -> dict[str, list[Any]]:
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


def _labels_for(predictions: Sequence[Prediction]) -> list[NewLabel]:
    """Return a label for every name that a prediction has."""
    by_request = [NewLabel(None, p.request_id, p.row, 0.0, p.made_at) for p in predictions]
    keys = {p.key: p.made_at for p in predictions if p.key is not None}
    return [*by_request, *(NewLabel(key, None, 0, 0.0, at) for key, at in keys.items())]


def _target(label: NewLabel) -> tuple[str, int]:
    """Return what a label is for: a request's row, or a key (which has no rows)."""
    if label.request_id is not None:
        return "r" + plain(label.request_id), label.row
    return "k" + plain(label.key or ""), 0


def _plain(text: str | None) -> str | None:
    return None if text is None else plain(text)


def _microseconds(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


def _finite(value: float | None) -> float | None:
    """Refuse NaN: SQLite would keep it as null, that is, as a prediction without a label."""
    if value is not None and not math.isfinite(value):
        raise ValueError("labels are finite numbers; others are put aside before the join")
    return value
