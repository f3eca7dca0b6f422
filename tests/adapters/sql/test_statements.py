"""Statements that are built once serve every tenant, and name the tenant each time."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tenure.adapters.sql import statements, tables
from tenure.adapters.sql.statements import ID, LAST, MOST, TENANT

NOUNS = [
    table for table in tables.metadata.tables.values() if "body" in table.c and "id" in table.c
]

DIALECTS: list[sa.Dialect] = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]  # theirs


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("table", NOUNS, ids=str)
def test_whatever_is_read_changed_or_deleted_is_of_one_tenant(
    table: sa.Table, dialect: sa.Dialect
) -> None:
    for statement in (
        statements.one(table, lock=False),
        statements.one(table, lock=True),
        statements.place(table, ("id",)),
        statements.some(table, ("id",), (), beyond=False),
        statements.some(table, ("id",), ("id__lt",), beyond=True),
        statements.count(table, ("id__null",)),
        statements.save(table),
        statements.remove(table),
    ):
        compiled = statement.compile(dialect=dialect)
        condition = str(compiled).partition("WHERE")[2]
        assert f"{table.name}.tenant_id = " in condition
        assert TENANT in compiled.params


@pytest.mark.parametrize("table", NOUNS, ids=str)
def test_a_value_takes_the_place_of_one_with_its_tenant_and_id(table: sa.Table) -> None:
    text = str(statements.put(table, "sqlite").compile(dialect=sqlite.dialect()))
    assert "ON CONFLICT (tenant_id, id) DO UPDATE SET" in text
    assert "tenant_id = excluded" not in text


def test_filters_are_bound_by_their_names() -> None:
    found = statements.some(
        tables.windows, ("day", "id"), ("model_id", "day__gte", "lane__null"), beyond=True
    )
    given = {TENANT, "model_id", "day__gte", f"{LAST}_0", f"{LAST}_1", MOST}
    assert given <= found.compile(dialect=sqlite.dialect()).params.keys()


@pytest.mark.parametrize(
    "name", ["tenant_id", "body", "day__like", "day__null", "nothing", TENANT, ID]
)
def test_only_what_is_a_column_of_its_own_filters(name: str) -> None:
    assert not statements.is_known(tables.windows, name)
    assert statements.is_known(tables.windows, "day__gte")


def test_a_statement_is_built_once() -> None:
    first = statements.some(tables.models, ("id",), ("state",), beyond=False)
    assert statements.some(tables.models, ("id",), ("state",), beyond=False) is first
