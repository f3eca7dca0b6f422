"""Answers as rows of a SQL table: each part, and the position after it, in one transaction."""

import json
from dataclasses import asdict
from typing import Any

import polars as pl
import sqlalchemy as sa

from tenure.adapters.warehouse.reaching import reached
from tenure.core import digests
from tenure.core.errors import conflict
from tenure.ports.batches import Begun
from tenure.ports.secrets import Secrets

_metadata = sa.MetaData()
_batches = sa.Table(
    "tenure_batches",
    _metadata,
    sa.Column("what", sa.String(80), primary_key=True),  # which rows, by which model, to where
    sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.Column("finished", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)
_TYPES: dict[Any, Any] = {
    pl.String: sa.Text,
    pl.Int32: sa.Integer,
    pl.Int64: sa.BigInteger,
    pl.Float64: sa.Double,
    pl.Boolean: sa.Boolean,
    pl.Date: sa.Date,
}


class TableResult:
    """`ports.batches.Sink` for a table, which is made when it is not there. A new run appends."""

    def __init__(self, reference: str, table: str, secrets: Secrets) -> None:
        self._secrets = secrets
        self._reference = reference
        self._name = table
        self._what = ""
        self._run = 0

    def begin(self, what: str, fresh: Begun) -> Begun:
        self._what = digests.of_value([what, self._name])
        with reached(self._reference, self._secrets) as engine, engine.begin() as connection:
            _metadata.create_all(connection, checkfirst=True)
            mine = _batches.c.what == self._what
            newest = sa.select(_batches).where(mine).order_by(_batches.c.run.desc()).limit(1)
            found = connection.execute(newest).one_or_none()
            if found is not None and not found.finished:
                self._run = found.run
                return _begun(found.state)
            self._run = 1 if found is None else found.run + 1
            row = {"what": self._what, "run": self._run, "parts": 0, "finished": False}
            connection.execute(sa.insert(_batches), {**row, "state": json.dumps(asdict(fresh))})
        return fresh

    def write(self, after: Begun, table: Any) -> None:
        with reached(self._reference, self._secrets) as engine, engine.begin() as connection:
            self._move(connection, after, finished=False, seen=after.parts - 1)
            target = _like(self._name, table)
            target.create(connection, checkfirst=True)
            if table.height:
                connection.execute(sa.insert(target), table.to_dicts())

    def finish(self, last: Begun) -> None:
        with reached(self._reference, self._secrets) as engine, engine.begin() as connection:
            self._move(connection, last, finished=True, seen=last.parts)

    def close(self) -> None:
        """Nothing is held between two transactions."""

    def _move(self, connection: sa.Connection, after: Begun, *, finished: bool, seen: int) -> None:
        """Move on from a position; raise `batch.busy` when another process has moved it."""
        mine = (_batches.c.what == self._what, _batches.c.run == self._run)
        unmoved = (_batches.c.parts == seen, _batches.c.finished.is_(False))
        changes = {"parts": after.parts, "finished": finished, "state": json.dumps(asdict(after))}
        moved = connection.execute(sa.update(_batches).where(*mine, *unmoved).values(changes))
        if moved.rowcount == 0:
            words = f"another process is writing the same batch to {self._name}"
            raise conflict("batch.busy", words, hint="wait for it to end")


def _like(name: str, table: pl.DataFrame) -> sa.Table:
    schema, _, plain = name.rpartition(".")
    columns = [
        sa.Column(column, _TYPES.get(kind, sa.Text)) for column, kind in table.schema.items()
    ]
    return sa.Table(plain, sa.MetaData(), *columns, schema=schema or None)


def _begun(state: str) -> Begun:
    body = json.loads(state)
    quarantined = {why: (rows, sample) for why, (rows, sample) in body.pop("quarantined").items()}
    return Begun(**body, quarantined=quarantined)
