"""A declared query on real databases: SQLite and PostgreSQL, by reference only."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tenure.adapters.secrets.references import References
from tenure.adapters.warehouse.sqlalchemy_query import SqlWarehouse
from tenure.core.errors import Kind, TenureError

QUERY = "select id, price, known from truth order by id"
NAME = "TEST_WAREHOUSE"
SECRETS = References(Path())


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    with closing(sqlite3.connect(tmp_path / "w.db")) as raw:
        raw.execute("create table truth (id text, price real, known text)")
        raw.executemany(
            "insert into truth values (?, ?, ?)",
            [("a", 1.5, "2024-01-01T00:00:00Z"), ("b", None, None)],
        )
        raw.commit()
    return f"sqlite:///{tmp_path / 'w.db'}"


@pytest.fixture
def postgres(postgres_url: str) -> str:
    """An address as people write it, without a driver."""
    address = postgres_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        connection.execute("drop table if exists truth")
        connection.execute("create table truth (id text, price numeric(8, 2), known timestamptz)")
        connection.execute("insert into truth values ('a', 1.5, '2024-01-01Z'), ('b', null, null)")
    return address


@pytest.mark.parametrize("where", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_rows_come_as_a_table(where: str, request: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv(NAME, request.getfixturevalue(where))
    table = SqlWarehouse(SECRETS).query(f"env:{NAME}", QUERY, 10)
    assert table.columns == ["id", "price", "known"]
    assert table["id"].to_list() == ["a", "b"]
    assert [None if one is None else float(one) for one in table["price"]] == [1.5, None]
    assert SqlWarehouse(SECRETS).query(f"env:{NAME}", QUERY, 1).height == 1


@pytest.mark.postgres
def test_a_time_with_its_zone_stays_that_instant(postgres: str, monkeypatch: Any) -> None:
    monkeypatch.setenv(NAME, postgres)
    table = SqlWarehouse(SECRETS).query(f"env:{NAME}", QUERY, 10)
    assert table["known"].dt.convert_time_zone("UTC").to_list()[0] == datetime(
        2024, 1, 1, tzinfo=UTC
    )


@pytest.mark.postgres
def test_a_query_changes_nothing(postgres: str, monkeypatch: Any) -> None:
    monkeypatch.setenv(NAME, postgres)
    SqlWarehouse(SECRETS).query(f"env:{NAME}", "delete from truth returning id", 10)
    assert SqlWarehouse(SECRETS).query(f"env:{NAME}", QUERY, 10).height == 2


@pytest.mark.parametrize(
    ("address", "query", "code", "kind"),
    [
        ("", QUERY, "warehouse.no_secret", Kind.UNAVAILABLE),
        ("no address", QUERY, "warehouse.bad_url", Kind.INVALID),
        ("nothing://host/name", QUERY, "warehouse.bad_url", Kind.INVALID),
        ("mysql+mysqldb://host/name", QUERY, "warehouse.no_driver", Kind.FAILED),
        ("sqlite://", "select * from nowhere", "warehouse.failed", Kind.UNAVAILABLE),
        ("postgresql://u:sesame@127.0.0.1:1/x", QUERY, "warehouse.failed", Kind.UNAVAILABLE),
    ],
)
def test_trouble_is_told_without_the_address(
    address: str, query: str, code: str, kind: Kind, monkeypatch: Any
) -> None:
    monkeypatch.setenv(NAME, address)
    with pytest.raises(TenureError) as caught:
        SqlWarehouse(SECRETS).query(f"env:{NAME}", query, 10)
    assert (caught.value.code, caught.value.kind) == (code, kind)
    assert NAME in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_file_may_hold_the_address(sqlite: str, tmp_path: Path) -> None:
    (tmp_path / "address").write_text(sqlite)
    assert SqlWarehouse(References(tmp_path)).query("file:address", QUERY, 1).height == 1


def test_an_address_is_no_reference() -> None:
    with pytest.raises(TenureError, match=r"warehouse\.no_secret"):
        SqlWarehouse(SECRETS).query("postgresql://u:p@host/name", QUERY, 10)
