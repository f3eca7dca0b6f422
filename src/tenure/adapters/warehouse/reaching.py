"""How a client's own database is reached: by reference, and its failures in its own words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenure.core.errors import Kind, TenureError


@contextmanager
def reached(reference: str) -> Iterator[sa.Engine]:
    """Give an engine; raise `warehouse.no_secret` or `warehouse.failed`, never with the address."""
    engine = sa.create_engine(_resolved(reference), poolclass=sa.NullPool)
    try:
        yield engine
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", None) or type(error).__name__)
        raise TenureError(
            Kind.UNAVAILABLE, "warehouse.failed", f"{reference}: {words.splitlines()[0]}"
        ) from error
    finally:
        engine.dispose()


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
