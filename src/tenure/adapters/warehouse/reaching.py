"""How a client's own database is reached: by reference, and its failures in its own words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenure.core.errors import Kind, TenureError, invalid


@contextmanager
def reached(reference: str) -> Iterator[sa.Engine]:
    """Give an engine; raise `warehouse.…`, never with the address."""
    engine = _engine(reference)
    try:
        yield engine
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", None) or type(error).__name__)
        raise TenureError(
            Kind.UNAVAILABLE, "warehouse.failed", f"{reference}: {words.splitlines()[0]}"
        ) from error
    finally:
        engine.dispose()


def _engine(reference: str) -> sa.Engine:
    """Return the engine of the named database; PostgreSQL is spoken to by psycopg, as ours is."""
    try:
        address = sa.make_url(_resolved(reference))
        if address.drivername in {"postgres", "postgresql"}:
            address = address.set(drivername="postgresql+psycopg")
        return sa.create_engine(address, poolclass=sa.NullPool)
    except (SQLAlchemyError, ValueError) as error:  # what it says may hold the password
        raise invalid(
            "warehouse.bad_url",
            f"{reference} names no database that can be asked",
            hint="such as postgresql://user:password@host/name",
        ) from error
    except ModuleNotFoundError as error:
        raise TenureError(
            Kind.FAILED,
            "warehouse.no_driver",
            f"{reference} needs the package {error.name}",
            hint="install it where the worker runs; for PostgreSQL: pip install 'tenure[postgres]'",
        ) from error


def _resolved(reference: str) -> str:
    scheme, _, name = reference.partition(":")
    value = os.environ.get(name) if scheme == "env" else None
    if not value:
        raise TenureError(
            Kind.UNAVAILABLE,
            "warehouse.no_secret",
            f"{reference} resolves to nothing",
            hint='set the variable for this process: "env:NAME" names it',
        )
    return value
