"""How large things may be: files, functions, ports. No list of exceptions."""

import ast
from pathlib import Path

from tests.architecture.trees import tree

ROOT = Path(__file__).parents[2]
FILE_LINES, FUNCTION_LINES, PORT_METHODS = 400, 50, 20
SOURCES = [
    path
    for folder in ("src", "tests", "benchmarks", "docs")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long() -> None:
    sizes = {short(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in sizes.items() if lines > FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{short(path)}:{node.name}": lines
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, Function)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


def test_no_port_asks_for_too_much() -> None:
    wide = {}
    for path in (ROOT / "src" / "tenure" / "ports").glob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                methods = sum(isinstance(one, Function) for one in node.body)
                if methods > PORT_METHODS:
                    wide[f"{short(path)}:{node.name}"] = methods
    assert wide == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        short(path)
        for path in SOURCES
        if not path.match("migrations/versions/*") and not said(path)
    ]
    assert silent == []


def said(path: Path) -> str:
    """Return the module's docstring; its first line has to stand in a listing of the tree."""
    text = ast.get_docstring(tree(path)) or ""
    first = text.partition("\n")[0]
    return text if len(first) <= 100 and first.rstrip().endswith((".", "?", ":")) else ""
