"""Who asks together does not suffer together."""

import asyncio
from contextlib import closing

import psycopg
import pytest

from tenure.adapters.warehouse.sqlalchemy_lookup import SqlRows
from tenure.core.lookups import ERROR, Lookup
from tenure.ports.lookups import Fetched
from tenure.serving.lookups.asker import Asker
from tenure.serving.lookups.hands import Hands
from tenure.serving.lookups.meters import LookupMeter

LOOKUP = Lookup(
    "profile",
    "env:P",
    ("plan",),
    query="select customer, plan from customers where customer in :customer",
    timeout_ms=10_000,
)


@pytest.mark.postgres
def test_a_key_that_the_store_cannot_take_fails_alone(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("drop table if exists customers")
        connection.execute("create table customers (customer integer, plan text)")
        connection.execute("insert into customers values (1, 'gold'), (2, 'free')")
    meter = LookupMeter("acme", "churn", "profile")

    async def ask(store: SqlRows) -> list[Fetched | str]:
        asker = Asker(LOOKUP, store, Hands(), meter, "here")
        found: list[Fetched | str] = []
        for _ in range(10):  # more than a breaker would bear, were these the store's failures
            found = await asyncio.gather(
                *(asker.ask([(key,)]) for key in ("1", "x", "2")), asker.ask([])
            )
        return found

    with closing(SqlRows(LOOKUP, postgres_url, 10)) as store:
        one, odd, two, nothing = asyncio.run(ask(store))
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert (one[("1",)], two[("2",)]) == (("gold",), ("free",))
    assert (odd, nothing) == (ERROR, {})
    assert meter.calls == 40  # together, then each alone
