"""The tables: whose a row is stands first, so that no search goes through another tenant's rows."""

from tenure.adapters.sql.tables import metadata

ACROSS_TENANTS = {"keys_by_digest", "jobs_by_state"}
"""A key is asked for before it is known whose it is; workers claim for everybody."""


def test_every_index_begins_with_the_tenant() -> None:
    first = {
        index.name: index.columns[0].name
        for table in metadata.tables.values()
        for index in table.indexes
    }
    assert {name for name, column in first.items() if column != "tenant_id"} == ACROSS_TENANTS


def test_a_table_that_has_a_body_keeps_the_whole_value_in_it() -> None:
    bodies = [table.c.body for table in metadata.tables.values() if "body" in table.c]
    assert len(bodies) > 20
    assert not any(body.nullable for body in bodies)
