"""How the two databases are opened, so that a unit of work means the same on both.

SQLite: WAL, synchronous FULL, writers begin IMMEDIATE. PostgreSQL: READ COMMITTED with row locks
for writers, a read-only REPEATABLE READ snapshot for readers.
"""

from importlib.util import find_spec
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from tenure.core.errors import Kind, TenureError, invalid

BUSY_SECONDS = 30
"""How long a writer waits for another one, in this process or elsewhere."""

CACHE_KIB = 8192
"""What each connection keeps of the file. The system's cache holds the rest: it costs no CPU to speak of."""

_PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # or REPLACE would remove a ledger entry without asking the trigger
    "trusted_schema=OFF",
    "temp_store=MEMORY",
    "mmap_size=0",  # mapped pages count as this process's memory, and grow with the rows
    f"cache_size=-{CACHE_KIB}",
    "journal_size_limit=67108864",
)
_POSTGRES_OPTIONS = (
    # a frozen worker must not hold a tenant's chain head for ever
    "-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout=120s"
)


def parsed(url: str | URL) -> URL:
    """Return the address with its driver; raise `database.bad_url` or `database.no_driver`."""
    try:
        parts = make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise _bad_url("this is not a database URL") from error
    if parts.get_backend_name() == "sqlite":
        if parts.database in {None, "", ":memory:"}:
            raise _bad_url("a database in memory does not outlive its connection")
        return parts.set(drivername="sqlite+pysqlite")
    if parts.get_backend_name() not in {"postgresql", "postgres"}:
        raise _bad_url(f"there is no support for {parts.get_backend_name()}")
    if find_spec("psycopg") is None:
        raise TenureError(
            Kind.FAILED,
            "database.no_driver",
            "PostgreSQL needs the package psycopg",
            hint="pip install 'tenure[postgres]'",
        )
    return parts.set(drivername="postgresql+psycopg")


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def open_writer(url: URL, busy_seconds: float = BUSY_SECONDS) -> sa.Engine:
    """Return an engine whose transactions may write, and wait so long for other writers."""
    if is_sqlite(url):
        return _sqlite(url, "BEGIN IMMEDIATE", (), busy_seconds, pool_size=1, max_overflow=0)
    return _postgres(url, busy_seconds, pool_size=4, max_overflow=28)


def open_reader(url: URL) -> sa.Engine:
    """Return an engine whose transactions see one consistent state and write nothing."""
    if is_sqlite(url):
        query_only = ("query_only=ON",)
        return _sqlite(url, "BEGIN", query_only, BUSY_SECONDS, pool_size=4, max_overflow=60)
    snapshot: dict[str, Any] = {
        "isolation_level": "REPEATABLE READ",
        "postgresql_readonly": True,
    }
    engine = _postgres(url, BUSY_SECONDS, pool_size=4, max_overflow=28)
    return engine.execution_options(**snapshot)


def _sqlite(
    url: URL, begin: str, pragmas: tuple[str, ...], busy_seconds: float, **pool: int
) -> sa.Engine:
    busy = f"busy_timeout={round(busy_seconds * 1000)}"
    engine = sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        hide_parameters=True,  # clients' data has no place in an error
        execution_options={"preserve_rowcount": True},
        connect_args={
            "check_same_thread": False,
            "timeout": busy_seconds,
            "isolation_level": None,  # the driver must not begin by itself: we say how
        },
        **pool,
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        for pragma in (busy, *_PRAGMAS, *pragmas):
            connection.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres(url: URL, busy_seconds: float, **pool: int) -> sa.Engine:
    return sa.create_engine(
        url,
        hide_parameters=True,
        execution_options={"preserve_rowcount": True},
        pool_pre_ping=True,  # a server that was restarted costs no error
        use_native_hstore=False,
        isolation_level="READ COMMITTED",
        connect_args={
            "application_name": "tenure",
            "connect_timeout": 10,
            "options": _POSTGRES_OPTIONS.format(milliseconds=round(busy_seconds * 1000)),
        },
        **pool,
    )


def _bad_url(message: str) -> TenureError:
    return invalid(
        "database.bad_url",
        message,
        where="TENURE_DATABASE_URL",
        hint="sqlite:///path/to/tenure.db or postgresql://user@host/name",
    )
