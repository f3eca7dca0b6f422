"""How a client's own database is reached: by reference, and its failures in its own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenure.core.errors import Kind, TenureError, invalid
from tenure.ports.secrets import Secrets


@contextmanager
def reached(reference: str, secrets: Secrets) -> Iterator[sa.Engine]:
    """Give an engine; raise `warehouse.…`, never with the address."""
    engine = _engine(reference, secrets)
    try:
        yield engine
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", None) or type(error).__name__)
        raise TenureError(
            Kind.UNAVAILABLE, "warehouse.failed", f"{reference}: {words.splitlines()[0]}"
        ) from error
    finally:
        engine.dispose()


def _engine(reference: str, secrets: Secrets) -> sa.Engine:
    url = address_of(reference, _resolved(reference, secrets))
    return engine_of(reference, url, poolclass=sa.NullPool)


def address_of(reference: str, text: str) -> sa.URL:
    """Return an address; PostgreSQL is spoken to by psycopg, as ours is. Raise `warehouse.bad_url`."""
    try:
        url = sa.make_url(text)
    except (SQLAlchemyError, ValueError) as error:  # what it says may hold the password
        raise _bad_url(reference) from error
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def engine_of(reference: str, url: sa.URL, **options: Any) -> sa.Engine:
    """Return an engine; raise `warehouse.bad_url` or `warehouse.no_driver` without the address."""
    try:
        return sa.create_engine(url, **options)
    except (SQLAlchemyError, ValueError) as error:  # as above
        raise _bad_url(reference) from error
    except ModuleNotFoundError as error:
        raise TenureError(
            Kind.FAILED,
            "warehouse.no_driver",
            f"{reference} needs the package {error.name}",
            hint="install it where it is asked from; for PostgreSQL: pip install 'tenure[postgres]'",
        ) from error


def _bad_url(reference: str) -> TenureError:
    return invalid(
        "warehouse.bad_url",
        f"{reference} names no database that can be asked",
        hint="such as postgresql://user:password@host/name",
    )


def _resolved(reference: str, secrets: Secrets) -> str:
    value = secrets.find(reference)
    if value is None:
        raise TenureError(
            Kind.UNAVAILABLE,
            "warehouse.no_secret",
            f"{reference} resolves to nothing",
            hint="set it where it is asked from: env:NAME is a variable, file:/PATH a file",
        )
    return value
