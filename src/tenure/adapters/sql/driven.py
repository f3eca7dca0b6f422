"""Statements without SQLAlchemy's part in them: for what every unit of work does once more.

SQLAlchemy takes 50 to 100 µs of CPU for a statement that SQLite needs 5 for. Here a statement is the
database's own text with its values in order; its failures are SQLAlchemy's again, so that they are
translated as all others are.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa


def drive(connection: sa.Connection, text: str, values: Sequence[Any]) -> Any:
    """Run a statement, written with `?` for its values, in the connection's transaction.

    Return the driver's cursor. Values are as the database keeps them.
    """
    dialect = connection.dialect
    driver: Any = connection.connection.driver_connection
    try:
        return driver.execute(written(text, dialect.name), values)
    except dialect.loaded_dbapi.Error as error:
        told = sa.exc.DBAPIError.instance(
            text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        )
        raise told from error


@cache
def written(text: str, dialect: str) -> str:
    """Return the text with the places of its values as the dialect's driver marks them."""
    return text.replace("?", "%s") if dialect == "postgresql" else text
