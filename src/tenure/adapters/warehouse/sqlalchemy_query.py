"""Run a declared query through SQLAlchemy, on any database it has a driver for. Reads only."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from tenure.adapters.warehouse.reaching import reached
from tenure.core import digests
from tenure.ports.batches import PART_ROWS, Part
from tenure.ports.secrets import Secrets


class SqlWarehouse:
    """Implements `ports.warehouse.Warehouse`; addresses are named by reference."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def query(self, reference: str, query: str, limit: int) -> pl.DataFrame:
        with reached(reference, self._secrets) as engine, engine.connect() as connection:
            result = connection.execute(sa.text(query))
            return _table(list(result.keys()), result.fetchmany(limit))


class QueryRows:
    """`ports.batches.Source`: the rows of a query, streamed. Its order must always be the same."""

    rows: int | None = None

    def __init__(self, reference: str, query: str, secrets: Secrets) -> None:
        self._secrets = secrets
        self._reference = reference
        self._query = query
        self.name = digests.of_value([reference, query])

    def parts(self, skip: int) -> Iterator[Part]:
        with reached(self._reference, self._secrets) as engine, engine.connect() as connection:
            streamed = connection.execution_options(stream_results=True, max_row_buffer=PART_ROWS)
            result = streamed.execute(sa.text(self._query))
            names = list(result.keys())
            while rows := result.fetchmany(PART_ROWS):
                if skip > 0:
                    skip -= 1
                    continue
                yield Part(_table(names, rows), {})


def _table(names: list[str], rows: Sequence[sa.Row[Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        [tuple(row) for row in rows],
        schema=names,
        orient="row",
        infer_schema_length=None,
    )
