"""Typed decoders come from `tenure.decoders`: msgspec's own are not made safely by two threads."""

import ast
from pathlib import Path

import pytest

from tests.architecture.trees import tree

SOURCES = Path(__file__).parents[2] / "src" / "tenure"


def unsafe(module: ast.Module) -> list[int]:
    """Return the lines that make a typed decoder, or decode with a type given on the spot."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            typed = bool(node.args) or any(word.arg == "type" for word in node.keywords)
            if called in {"msgspec.json.Decoder", "msgspec.msgpack.Decoder"} and typed:
                found.append(node.lineno)
            if called in {"msgspec.json.decode", "msgspec.msgpack.decode"} and any(
                word.arg == "type" for word in node.keywords
            ):
                found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("msgspec.json.decode(data, type=Head)", [1]),
        ("msgspec.msgpack.Decoder(Head)", [1]),
        ("msgspec.json.decode(data)", []),
        ("msgspec.json.Decoder()", []),
        ("decoders.of_json(Head).decode(data)", []),
    ],
)
def test_what_is_unsafe_is_recognised(code: str, lines: list[int]) -> None:
    assert unsafe(ast.parse(code)) == lines


def test_typed_decoders_are_made_by_one_thread_at_a_time() -> None:
    made = {path.relative_to(SOURCES): unsafe(tree(path)) for path in SOURCES.rglob("*.py")}
    assert {str(path) for path, lines in made.items() if lines} == {"decoders.py"}
