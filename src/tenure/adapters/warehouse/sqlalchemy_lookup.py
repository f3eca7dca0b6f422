"""A client's database, asked by a declared query for many keys at once. Reads only."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, SQLAlchemyError

from tenure.adapters.warehouse.reaching import address_of, engine_of
from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.lookup_values import key_text
from tenure.core.lookups import Key, Lookup
from tenure.ports.lookups import Fetched

CONNECTIONS = 4
MOST_ROWS = 100_000
"""More rows than that are not what a few keys have: the query is not the one that was meant."""
_CANCELLED = "57014"  # PostgreSQL: statement_timeout
_LOST_SECONDS = 5  # until the kernel gives up a connection whose other end is silent


class SqlRows:
    """Implements `ports.lookups.LookupStore`: the query returns the key's columns, too."""

    def __init__(self, lookup: Lookup, address: str, seconds: float) -> None:
        self._reference = lookup.url
        self._columns = lookup.columns
        self._features = lookup.features
        url = address_of(lookup.url, address)
        self._engine = engine_of(
            lookup.url,
            url,
            poolclass=sa.QueuePool,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=seconds,
            **_options(url, seconds),
        )
        begin = _first_words(url, seconds)
        if begin:
            sa.event.listen(self._engine, "connect", lambda raw, _: _say(raw, begin))
        many: list[Any] = [sa.bindparam(name, expanding=True) for name in self._columns]
        self._statement = sa.text(lookup.query).bindparams(*many)

    def fetch(self, keys: Sequence[Key]) -> Fetched:
        asked = {
            name: list({key[place] for key in keys}) for place, name in enumerate(self._columns)
        }
        try:
            with self._engine.connect() as connection:
                result = connection.execute(self._statement, asked)
                return self._found(list(result.keys()), result.fetchmany(MOST_ROWS + 1), keys)
        except DataError as error:
            words = f"{self._reference} knows no key of that kind"
            raise invalid("lookup.bad_key", words) from error
        except sa.exc.TimeoutError as error:
            raise self._late() from error
        except SQLAlchemyError as error:  # what it says may hold the address and values
            cause = getattr(error, "orig", None) or error
            state = getattr(cause, "sqlstate", None)
            if state == _CANCELLED:
                raise self._late() from error
            raise self._failed(f"{type(cause).__name__} {state or ''}".strip()) from error

    def _found(self, names: list[str], rows: Sequence[sa.Row[Any]], keys: Sequence[Key]) -> Fetched:
        """Return the rows by their keys; a key with two rows cannot be read."""
        missing = [name for name in (*self._columns, *self._features) if name not in names]
        if missing:
            raise self._failed(f"the query returns no column {missing[0]!r}")
        if len(rows) > MOST_ROWS:
            raise self._failed(f"the query returns more than {MOST_ROWS:,} rows")
        own = [names.index(name) for name in self._columns]
        places = [names.index(name) for name in self._features]
        wanted, found = set(keys), Fetched()
        for row in rows:
            key = tuple([key_text(row[place]) for place in own])
            if key in wanted:
                found[key] = None if key in found else tuple([row[place] for place in places])
        return found

    def _late(self) -> TenureError:
        words = f"{self._reference} did not answer in time"
        return TenureError(Kind.UNAVAILABLE, "lookup.timeout", words)

    def _failed(self, why: str) -> TenureError:
        return TenureError(Kind.UNAVAILABLE, "lookup.failed", f"{self._reference}: {why}")

    def close(self) -> None:
        self._engine.dispose()


def _options(url: sa.URL, seconds: float) -> dict[str, Any]:
    """Return what the driver is told.

    Where we make sure that nothing is written no transaction is begun and ended around the query:
    that would be two round trips more.
    """
    if url.drivername == "postgresql+psycopg":
        lost = {
            "connect_timeout": 2,  # seconds, the least that libpq takes
            "tcp_user_timeout": 1000 * _LOST_SECONDS,
            "keepalives_idle": _LOST_SECONDS,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "prepare_threshold": None,  # poolers between us and the server do not like them
        }
        return {"connect_args": lost, "isolation_level": "AUTOCOMMIT"}
    if url.get_backend_name() == "sqlite":
        return {
            "connect_args": {"timeout": seconds, "check_same_thread": False},
            "isolation_level": "AUTOCOMMIT",
        }
    return {}


def _first_words(url: sa.URL, seconds: float) -> tuple[str, ...]:
    """Return what a new connection is told first."""
    if url.get_backend_name() == "postgresql":
        return (
            "set session characteristics as transaction read only",
            f"set statement_timeout = {max(1, round(seconds * 1000))}",
        )
    return ("pragma query_only = on",) if url.get_backend_name() == "sqlite" else ()


def _say(raw: Any, words: Sequence[str]) -> None:
    cursor = raw.cursor()
    for one in words:
        cursor.execute(one)
    cursor.close()
    raw.commit()
