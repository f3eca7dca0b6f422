"""Reading a client's own database by a declared query. Never writes."""

from typing import Any, Protocol


class Warehouse(Protocol):
    """Runs a query against a database that is named by reference (`env:NAME`)."""

    def query(self, reference: str, query: str, limit: int) -> Any:
        """Return at most `limit` rows as a `polars.DataFrame`.

        Raises `warehouse.no_secret` when the reference resolves to nothing, and
        `warehouse.failed` with the database's own words (never the address or the password).
        """
        ...
