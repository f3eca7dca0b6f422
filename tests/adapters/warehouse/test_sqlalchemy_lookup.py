"""Look-ups in SQLite and in a real PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tenure.adapters.warehouse.sqlalchemy_lookup import SqlRows
from tenure.core.errors import TenureError
from tenure.core.lookups import Lookup
from tests.conformance.lookups import ROWS, Lookups, Opened, ServerLookups

LOOKUP = Lookup(
    "profile",
    "env:PROFILES",
    ("plan", "days"),
    query="select customer, plan, days from customers where tenant = 'acme' and customer in :customer",
)
CREATE = "create table customers (tenant text, customer {kind}, plan text, days integer)"
MORE = [("acme", "2000", "twice", 1), ("acme", "2000", "twice", 2), ("other", "4", "secret", 1)]
ALL = [*(("acme", *row) for row in ROWS), *MORE]


class SqlLookups(Lookups):
    """What every database does alike."""

    lookup = LOOKUP

    @pytest.fixture
    def opened(self, url: str) -> Iterator[Opened]:
        with ExitStack() as stack:

            def start(lookup: Lookup = LOOKUP, address: str = url, seconds: float = 5.0) -> SqlRows:
                return stack.enter_context(closing(SqlRows(lookup, address, seconds)))

            yield start

    def test_a_key_with_two_rows_cannot_be_read(self, opened: Opened) -> None:
        assert opened().fetch([("2000",)]) == {("2000",): None}

    def test_a_query_that_returns_other_columns_is_told(self, opened: Opened) -> None:
        store = opened(replace(LOOKUP, query="select 1 as plan where 'a' in :customer"))
        with pytest.raises(TenureError, match="no column 'customer'"):
            store.fetch([("1",)])

    @pytest.mark.parametrize("words", ["update customers set days = 9", "delete from customers"])
    def test_nothing_is_written(self, opened: Opened, words: str) -> None:
        query = f"{words} where customer in :customer returning customer, plan, days"
        with pytest.raises(TenureError, match=r"lookup\.failed"):
            opened(replace(LOOKUP, query=query)).fetch([("1",)])
        assert self.read(opened(), "1") == {"1": ("gold", 30.0)}

    def test_two_columns_make_a_key(self, opened: Opened) -> None:
        query = (
            "select tenant, customer, plan, days from customers "
            "where customer in :customer and tenant in :tenant"
        )
        store = opened(replace(LOOKUP, query=query))
        asked = [("1", "acme"), ("4", "other"), ("4", "acme"), ("1", "other")]
        assert set(store.fetch(asked)) == {("1", "acme"), ("4", "other")}


class TestSqlite(SqlLookups):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        with closing(sqlite3.connect(tmp_path / "p.db")) as raw:
            raw.execute(CREATE.format(kind="integer"))
            raw.executemany("insert into customers values (?, ?, ?, ?)", ALL)
            raw.commit()
        return f"sqlite:///{tmp_path / 'p.db'}"


class PostgresLookups(SqlLookups):
    kind = "text"

    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        """An address as people write it, without a driver."""
        address = postgres_url.replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            connection.execute("drop table if exists customers")
            connection.execute(CREATE.format(kind=self.kind))
            with connection.cursor() as cursor:
                cursor.executemany("insert into customers values (%s, %s, %s, %s)", ALL)
        return address

    def test_a_statement_ends_with_its_time(self, opened: Opened) -> None:
        slow = "select customer, plan, days, pg_sleep(5) from customers where customer in :customer"
        with pytest.raises(TenureError, match=r"lookup\.timeout"):
            opened(replace(LOOKUP, query=slow), seconds=0.05).fetch([("1",)])


@pytest.mark.postgres
class TestPostgres(PostgresLookups, ServerLookups):
    nowhere = "postgresql://user:sesame@127.0.0.1:{port}/name"


@pytest.mark.postgres
class TestPostgresWithNumbersAsKeys(PostgresLookups):
    kind = "integer"

    def test_a_key_that_is_no_number_is_told_apart(self, opened: Opened) -> None:
        with pytest.raises(TenureError, match=r"lookup\.bad_key"):
            opened().fetch([("1",), ("x",)])
