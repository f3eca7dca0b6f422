"""Rows go in by the hundred, and the rest one by one: all of them, once."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from tenure.adapters.sql import connections, statements
from tenure.adapters.sql.bulk import BLOCK, insert_columns
from tenure.adapters.sql.tables import positions


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 1])
def test_every_row_is_stored_once_and_counted(sqlite_url: str, count: int) -> None:
    engine = connections.open_writer(connections.parsed(sqlite_url))
    columns: dict[str, Sequence[Any]] = {
        "tenant_id": ["_"] * count,
        "segment": [f"s{n}" for n in range(count)],
        "offset": list(range(count)),
    }
    insert = statements.add(positions, "sqlite")
    with engine.begin() as connection:
        assert insert_columns(connection, insert, columns) == count
        assert insert_columns(connection, insert, columns) == 0  # they are there already
        stored = connection.execute(sa.select(positions.c.offset)).scalars()
        assert sorted(stored) == list(range(count))
    engine.dispose()
