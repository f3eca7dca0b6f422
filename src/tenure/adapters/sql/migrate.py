"""Creates and upgrades the database: linear migrations, under a lock, after a backup."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL

from tenure.adapters.sql import connections
from tenure.adapters.sql.failures import translating
from tenure.core.errors import TenureError, conflict

VERSION_TABLE = "tenure_schema"
SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x74656E757265  # "tenure": the advisory lock of everyone who migrates


def ensure(url: str | URL, scripts: Path = SCRIPTS) -> None:
    """Create the database's tables, or upgrade them; nothing happens when they are of today.

    An existing SQLite file is copied before an upgrade, beside it. Raises `database.newer` when a
    newer Tenure wrote the database, `database.unreachable`, `database.damaged`.
    """
    address = connections.parsed(url)
    engine = connections.open_writer(address)
    try:
        with translating():
            if connections.is_sqlite(address):
                _use_wal(engine)
            with engine.begin() as connection:
                _upgrade(connection, address, scripts)
    finally:
        engine.dispose()


def revision_of(connection: sa.Connection) -> str | None:
    """Return the migration at which the database stands; None for an empty one."""
    options = {"version_table": VERSION_TABLE}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _upgrade(connection: sa.Connection, address: URL, scripts: Path) -> None:
    if not connections.is_sqlite(address):  # SQLite's writer is alone since its BEGIN IMMEDIATE
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    present = revision_of(connection)
    if present == known[0]:
        return
    if present is not None:
        if present not in known:
            raise _newer(address, present, known[0])
        if connections.is_sqlite(address):
            _back_up(Path(str(address.database)), present)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _use_wal(engine: sa.Engine) -> None:
    """Turn the file to WAL, which it remembers; SQLite does not wait for others there, so we do."""
    give_up = time.monotonic() + connections.BUSY_SECONDS
    while True:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute("PRAGMA journal_mode=WAL").close()
            except sqlite3.DatabaseError as error:
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise sa.exc.OperationalError("PRAGMA journal_mode", None, error) from error
            else:
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
