"""Run a declared query through SQLAlchemy, on any database it has a driver for. Reads only."""

import os

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenure.core.errors import Kind, TenureError


class SqlWarehouse:
    """Implements `ports.warehouse.Warehouse`; addresses come from the environment by reference."""

    def query(self, reference: str, query: str, limit: int) -> pl.DataFrame:
        engine = sa.create_engine(_resolved(reference), poolclass=sa.NullPool)
        try:
            with engine.connect() as connection:
                result = connection.execute(sa.text(query))
                rows = result.fetchmany(limit)
                return pl.DataFrame(
                    [tuple(row) for row in rows],
                    schema=list(result.keys()),
                    orient="row",
                    infer_schema_length=None,
                )
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
            hint='set the variable for the worker: url = "env:NAME" names it',
        )
    return value
