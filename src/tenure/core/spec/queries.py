"""Queries that a spec names by their files. Whoever reads the spec has read the files before."""

from tenure.core.spec.kinds import bad_value
from tenure.core.spec.nodes import Node, label
from tenure.core.spec.problems import Problems, choose
from tenure.core.spec.toml import toml_value


def query_of(name: str, node: Node, problems: Problems) -> str | None:
    """Return the text of the file that `query_file` of a table names, or None."""
    child = node.child("query_file") or node
    queries = problems.queries or {}
    if name not in queries:
        message = f"{label(child.path)}: there is no file {toml_value(name)}"
        hint = choose(name, queries, "found")
        problems.add(child.path, "missing_file", message, f"paths start at the spec; {hint}")
        return None
    text = queries[name].strip()
    if not text:
        bad_value(child, problems, f"{toml_value(name)} is empty", "write a query into it")
        return None
    return text
