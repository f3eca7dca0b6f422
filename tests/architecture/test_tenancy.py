"""No query reaches across tenants, unless it is written here why it must."""

import ast
from pathlib import Path

import pytest

from tenure.adapters.sql.tables import metadata
from tenure.ports import work
from tests.architecture.trees import tree

ADAPTER = Path(__file__).parents[2] / "src" / "tenure" / "adapters" / "sql"
STATEMENTS = {"select", "update", "delete", "insert", "insert_into"}
SCOPES = {"tenant_id", "SYSTEM", "_of", "_held", "_row"}
"""Names that carry the tenant into a statement; `_of`, `_held` and `_row` put it there."""
ACROSS = {
    "bulk.py:_from_arrays": "inserts the columns it is handed, the tenant's among them",
    "repository.py:insert_into": "makes the empty statement of the database at hand",
    "repository.py:by_digest": "a key says whose it is; its digest is all that is known before",
    "joining.py:stage": "fills a temporary table of the connection",
    "joining.py:effects": "reads the temporary table of matches of this transaction",
    "joining.py:unmatched": "reads the temporary table of matches of this transaction",
    "joining.py:is_staged": "reads the temporary table of the connection",
    "joining.py:days": "reads the temporary table of matches of this transaction",
    "migrate.py:revision_of": "the schema's own table, which no tenant owns",
    "migrate.py:_upgrade": "a lock and the schema's own tables, which no tenant owns",
    "queue.py:claim": "workers serve every tenant; a job carries its own",
    "queue.py:_wanted": "as above: what a claim takes",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> dict[str, Function]:
    """Return the functions of the adapter that build a statement, by file and name."""
    found = {}
    for path in sorted(ADAPTER.glob("*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, Function) and any(map(builds, ast.walk(node))):
                found[f"{path.name}:{node.name}"] = node
    return found


def builds(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return name in STATEMENTS


def scoped(function: Function) -> bool:
    """Return whether the function speaks of the tenant, or of the house itself."""
    words = {
        *(node.id for node in ast.walk(function) if isinstance(node, ast.Name)),
        *(node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)),
        *(node.arg for node in ast.walk(function) if isinstance(node, ast.arg)),
    }
    return bool(words & SCOPES)


def test_every_statement_is_of_one_tenant_or_excused_by_name() -> None:
    free = {name for name, function in functions().items() if not scoped(function)}
    assert free == set(ACROSS)  # an excuse that is left over is wrong as well


@pytest.mark.parametrize("name", ["_of", "_held", "_row"])
def test_what_carries_the_tenant_into_a_statement_does(name: str) -> None:
    named = [
        node
        for path in ADAPTER.glob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, Function) and node.name == name
    ]
    assert named
    assert all("tenant_id" in ast.unparse(node) for node in named)


def test_every_table_of_a_noun_has_its_tenant_in_its_key() -> None:
    owned = [table for table in metadata.tables.values() if table.name != "jobs"]
    assert owned
    for table in owned:
        assert next(iter(table.primary_key.columns)).name == "tenant_id", table.name
    assert "tenant_id" in metadata.tables["jobs"].c


def test_every_repository_method_takes_the_tenant_first() -> None:
    per_tenant = (work.Repository, work.Outcomes)
    for port in per_tenant:
        for name, method in vars(port).items():
            if callable(method) and not name.startswith("_"):
                assert method.__code__.co_varnames[1] == "tenant_id", f"{port.__name__}.{name}"
