"""Whether anything was committed since the last look, for little: an idle worker asks it often."""

from threading import Lock
from typing import Any

import sqlalchemy as sa


class Watch:
    """Gives a token that differs once something was committed, by whatever connection."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._turn = Lock()
        self._kept: sa.PoolProxiedConnection | None = None

    def token(self) -> object:
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect() as connection:
                written = sa.text("SELECT pg_current_wal_insert_lsn()::text")
                return connection.execute(written).scalar_one()
        with self._turn:
            return self._data_version()

    def close(self) -> None:
        with self._turn:
            if self._kept is not None:
                self._kept.close()
                self._kept = None

    def _data_version(self) -> object:
        """Ask one connection of our own, outside of any transaction, or it would see no change."""
        if self._kept is None:
            self._kept = self._engine.raw_connection()
        driver: Any = self._kept.driver_connection
        return driver.execute("PRAGMA data_version").fetchone()[0]
