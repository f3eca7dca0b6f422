"""Creates and upgrades the database: linear migrations, under a lock, after a backup."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from tenure.adapters.sql import connections
from tenure.adapters.sql.failures import translating
from tenure.adapters.sql.scope import EVERY, Scope, guard
from tenure.core.errors import Kind, TenureError, conflict

VERSION_TABLE = "tenure_schema"
SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x74656E757265  # "tenure": the advisory lock of everyone who migrates


def ensure(url: str | URL, scripts: Path = SCRIPTS) -> None:
    """Create the database's tables, or upgrade them; nothing happens when they are of today.

    An existing SQLite file is copied before an upgrade, beside it. Raises `database.newer` when a
    newer Tenure wrote the database, `database.unreachable`, `database.damaged`.
    """
    address = connections.parsed(url)
    known = revisions(scripts)
    with translating():
        if _stands_ready(address, known[-1]):
            return
        engine = connections.open_writer(address)
        try:
            if connections.is_sqlite(address):
                _use_wal(engine)
            with engine.begin() as connection:
                _upgrade(connection, address, scripts, known)
        finally:
            engine.dispose()


def revisions(scripts: Path = SCRIPTS) -> list[str]:
    """Return the names of the migrations, the first one first: `r0001_first.py` is 0001."""
    return sorted(path.name[1:5] for path in (scripts / "versions").glob("r*.py"))


def revision_of(connection: sa.Connection) -> str | None:
    """Return the migration at which the database stands; None for an empty one."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version = sa.table(VERSION_TABLE, sa.column("version_num", sa.Text))
    return connection.execute(sa.select(version.c.version_num)).scalar_one_or_none()


def _stands_ready(address: URL, newest: str) -> bool:
    """Look without a lock: a command line that starts must not wait for a worker that writes."""
    engine = connections.open_reader(address)
    try:
        with engine.connect() as connection:
            if revision_of(connection) != newest:
                return False
            if not connections.is_sqlite(address):
                return True
            mode: str = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            return mode == "wal"
    finally:
        engine.dispose()


def _upgrade(connection: sa.Connection, address: URL, scripts: Path, known: list[str]) -> None:
    from alembic import command
    from alembic.config import Config

    if not connections.is_sqlite(address):  # SQLite's writer is alone since its BEGIN IMMEDIATE
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        Scope(connection).of(EVERY)
    present = revision_of(connection)
    if present == known[-1]:
        return
    if present is not None:
        if present not in known:
            raise _newer(address, present, known[-1])
        if connections.is_sqlite(address):
            _back_up(Path(str(address.database)), present)
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if not connections.is_sqlite(address):
        guard(connection)


def _use_wal(engine: sa.Engine) -> None:
    """Turn the file to WAL, which it remembers; SQLite does not wait for others there, so we do."""
    give_up = time.monotonic() + connections.BUSY_SECONDS
    while True:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                (mode,) = driver.execute("PRAGMA journal_mode=WAL").fetchone()
            except sqlite3.DatabaseError as error:
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise sa.exc.OperationalError("PRAGMA journal_mode", None, error) from error
            else:
                if mode != "wal":
                    raise _no_wal(engine.url)
                return
        time.sleep(0.02)


def _back_up(file: Path, revision: str) -> None:
    """Copy the database beside itself, whole or not at all."""
    copy = file.with_name(f"{file.name}.{revision}.backup")
    part = copy.with_name(copy.name + ".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(copy)


def _newer(address: URL, present: str, newest: str) -> TenureError:
    return conflict(
        "database.newer",
        f"the database is of a newer Tenure: its schema is {present}, this one knows {newest}",
        where=address.render_as_string(hide_password=True),
        hint="run the newer Tenure, or put back the backup that it made before its upgrade",
    )


def _no_wal(address: URL) -> TenureError:
    return TenureError(
        Kind.FAILED,
        "database.no_wal",
        "the file system of the database cannot be shared between processes",
        where=address.render_as_string(hide_password=True),
        hint="put the home on a local disk, or the database into PostgreSQL",
    )
