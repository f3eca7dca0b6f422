"""No test says how fast this machine has to be: what it waits for are events, not seconds."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.trees import tree

TESTS = Path(__file__).parents[1]
CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "time", "time_ns"}


def reads_a_clock(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "time"
        and node.func.attr in CLOCKS
    )


def is_lapse(node: ast.AST) -> bool:
    """Hold for `time.monotonic() - begun`."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and reads_a_clock(node.left)


def hurried(module: ast.Module) -> list[int]:
    """Return the lines that assert a lapse of time to be shorter than a number."""
    lapses = {
        target.id
        for node in ast.walk(module)
        if isinstance(node, ast.Assign) and is_lapse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for node in ast.walk(module):
        if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare):
            continue
        sides = [node.test.left, *node.test.comparators]
        for (left, right), operator in zip(pairwise(sides), node.test.ops, strict=True):
            lapse = is_lapse(left) or (isinstance(left, ast.Name) and left.id in lapses)
            short = isinstance(operator, ast.Lt | ast.LtE) and isinstance(right, ast.Constant)
            if lapse and short:
                found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("assert time.monotonic() - begun < 2", [1]),
        ("took = time.perf_counter() - begun\nassert 0 < took <= 1.5", [2]),
        ("assert time.monotonic() - begun > 0.25", []),
        ("assert time.monotonic() < until", []),
        ("assert time.monotonic() - begun < LONGEST_WAIT", []),
    ],
)
def test_a_bound_in_seconds_is_found(code: str, lines: list[int]) -> None:
    assert hurried(ast.parse(code)) == lines


def test_no_test_depends_on_how_fast_the_machine_is() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        for line in hurried(tree(path))
    ]
    assert found == []
