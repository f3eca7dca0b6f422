"""No query reaches across tenants, unless it is written here why it must."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenure.adapters.sql.tables import metadata
from tenure.ports import outcomes, work
from tests.architecture.trees import tree

ADAPTER = Path(__file__).parents[2] / "src" / "tenure" / "adapters" / "sql"
STATEMENTS = {"select", "update", "delete", "insert", "insert_into"}
CARRIERS = ("_of", "_row", "_is_this", "_pass", "_IS_THIS", "_OF_TENANT", "_SOME_WAITING")
"""Functions and parts of statements that put the tenant in; a test looks that they do."""
SCOPES = {"tenant_id", "SYSTEM", *CARRIERS}
"""Names that carry the tenant into a statement."""
ACROSS = {
    "bulk.py:_from_arrays": "inserts the columns it is handed, the tenant's among them",
    "statements.py:insert_into": "makes the empty statement of a dialect",
    "statements.py:add": "inserts the row it is handed, the tenant in it",
    "statements.py:put": "as above: a row without its tenant is refused by the table",
    "outcomes.py:_keep": "as above",
    "positions.py:_put": "as above",
    "queue.py:_add": "as above",
    "queue.py:claim": "workers serve every tenant; a job carries its own",
    "repository.py:_BY_DIGEST": "a key says whose it is; its digest is all that is known before",
    "joining.py:_emptied": "makes and empties temporary tables of the connection",
    "joining.py:_insert": "fills a temporary table of the connection",
    "joining.py:is_staged": "reads the temporary table of the connection",
    "joining.py:_BY_LABEL": "reads the temporary table of matches of this transaction",
    "joining.py:_EFFECTS": "reads the temporary table of matches of this transaction",
    "joining.py:_UNMATCHED": "reads the temporary tables of this transaction",
    "joining.py:_DAYS": "reads the temporary table of matches of this transaction",
    "scope.py:_ENTER": "says to the database whose rows the transaction is at",
    "migrate.py:revision_of": "the schema's own table, which no tenant owns",
    "migrate.py:_upgrade": "a lock and the schema's own tables, which no tenant owns",
    "queue.py:_wanted": "as above: what a claim takes",
    "queue.py:_TAKE": "as above: what a claim takes",
    "queue.py:_TAKEN": "as above: what a claim has taken",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef
Builder = Function | ast.Assign


def named() -> Iterator[tuple[str, str, Builder]]:
    """Yield file, name and node of the adapter's functions, and of what its modules assign."""
    for path in sorted(ADAPTER.glob("*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, Function):
                yield path.name, node.name, node
        for node in tree(path).body:
            if isinstance(node, ast.Assign):
                yield path.name, ast.unparse(node.targets[0]), node


def builders() -> dict[str, Builder]:
    """Return what builds a statement, by file and name."""
    return {
        f"{file}:{name}": node for file, name, node in named() if any(map(builds, ast.walk(node)))
    }


def builds(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return name in STATEMENTS


def scoped(builder: Builder) -> bool:
    """Return whether it speaks of the tenant, or of the house itself."""
    words = {
        *(node.id for node in ast.walk(builder) if isinstance(node, ast.Name)),
        *(node.attr for node in ast.walk(builder) if isinstance(node, ast.Attribute)),
        *(node.arg for node in ast.walk(builder) if isinstance(node, ast.arg)),
    }
    return bool(words & SCOPES)


def test_every_statement_is_of_one_tenant_or_excused_by_name() -> None:
    free = {name for name, builder in builders().items() if not scoped(builder)}
    assert free == set(ACROSS)  # an excuse that is left over is wrong as well


def test_every_statement_that_is_written_out_names_its_tenant() -> None:
    texts = [
        node.value
        for path in sorted(ADAPTER.glob("*.py"))
        if "import drive\n" in path.read_text()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    written = [
        text for text in texts if text.startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE "))
    ]
    assert len(written) > 3
    assert [text for text in written if "tenant_id" not in text] == []


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_carries_the_tenant_into_a_statement_does(carrier: str) -> None:
    found = [ast.unparse(node) for _, name, node in named() if name == carrier]
    assert found
    assert all("tenant_id" in text or "_OF_TENANT" in text for text in found)


def test_every_table_of_a_noun_has_its_tenant_in_its_key() -> None:
    owned = [table for table in metadata.tables.values() if table.name != "jobs"]
    assert owned
    for table in owned:
        assert next(iter(table.primary_key.columns)).name == "tenant_id", table.name
    assert "tenant_id" in metadata.tables["jobs"].c


def test_every_repository_method_takes_the_tenant_first() -> None:
    per_tenant = (work.Repository, outcomes.Outcomes)
    for port in per_tenant:
        for name, method in vars(port).items():
            if callable(method) and not name.startswith("_"):
                assert method.__code__.co_varnames[1] == "tenant_id", f"{port.__name__}.{name}"
