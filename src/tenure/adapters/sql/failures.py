"""Translates what a database complains about into errors that a person can act on."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tenure.core.errors import Kind, TenureError

_RETRY = {"40001", "40P01", "55P03"}  # serialisation failure, deadlock, lock not available
_FULL = {"53100", "53200"}  # PostgreSQL: disk full, out of memory


@contextmanager
def translating() -> Iterator[None]:
    """Raise what `translated` says instead of the database's own errors."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        better = translated(error)
        if better is None:
            raise
        raise better from error


def translated(error: sa.exc.DBAPIError) -> TenureError | None:
    """Return the error to raise instead, or None for what only a bug of ours explains."""
    state = getattr(error.orig, "sqlstate", None)
    words = str(error.orig)
    if state in _RETRY or "database is locked" in words or "database table is locked" in words:
        return _unavailable("database.busy", "another writer was faster", "try again")
    if state in _FULL or "disk is full" in words:
        return _unavailable(
            "database.full", f"the database cannot grow: {words}", "free some space"
        )
    if error.connection_invalidated or _no_connection(error, words):
        return _unavailable(
            "database.unreachable",
            f"the database does not answer: {words}",
            "is TENURE_DATABASE_URL right, and the server running?",
        )
    if "not a database" in words or "malformed" in words:
        return TenureError(
            Kind.FAILED,
            "database.damaged",
            f"the database cannot be read: {words}",
            hint="put back a backup; the file is left as it is",
        )
    return None


def _no_connection(error: sa.exc.DBAPIError, words: str) -> bool:
    if not isinstance(error, sa.exc.OperationalError):
        return False
    return "unable to open" in words or getattr(error.orig, "sqlstate", "") is None


def _unavailable(code: str, message: str, hint: str) -> TenureError:
    return TenureError(Kind.UNAVAILABLE, code, message, hint=hint)
