"""Tests stand where the code stands: `core/x.py` is tested by `tests/core/test_x.py`."""

import ast
from pathlib import Path

import pytest

from tests.architecture.trees import tree

ROOT = Path(__file__).parents[2]
WHOLE = ("core",)
"""Floors on which every module has its tests in its place."""
OWED = {
    "services": """
        answers arms compare report
    """,
    "adapters": """
        frameworks/foreign/converted frameworks/foreign/estimator
        frameworks/foreign/folding frameworks/foreign/original
        frameworks/foreign/sktrees frameworks/onnx
        jail/inmate jail/keeper jail/zygote
    """,
}
"""Modules whose tests stand elsewhere: in conformance suites, or beside their neighbours.

The lists may only get shorter.
"""


def untested(floor: str) -> list[str]:
    """Return the modules with behaviour of their own and no test module in their place."""
    source, tests = ROOT / "src" / "tenure" / floor, ROOT / "tests" / floor
    lonely = []
    for path in sorted(source.rglob("*.py")):
        place = path.relative_to(source)
        mirror = tests / place.with_name(f"test_{place.name}")
        is_code = path.name != "__init__.py" and "migrations" not in place.parts
        if is_code and behaves(path) and not mirror.exists():
            lonely.append(f"{floor}/{place}")
    return lonely


def behaves(path: Path) -> bool:
    """Return whether a module does something; tables and plain values need no test."""
    nodes = ast.walk(tree(path))
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in nodes)


@pytest.mark.parametrize("floor", WHOLE)
def test_every_module_that_does_something_has_its_tests(floor: str) -> None:
    assert untested(floor) == []


@pytest.mark.parametrize("floor", OWED)
def test_no_other_module_is_without_tests_in_its_place(floor: str) -> None:
    lonely = {name.removeprefix(f"{floor}/").removesuffix(".py") for name in untested(floor)}
    assert lonely - set(OWED[floor].split()) == set()


@pytest.mark.parametrize("floor", [*WHOLE, "services"])
def test_no_test_module_has_outlived_its_module(floor: str) -> None:
    """Tests of one module may be split: `test_predicate_params.py` goes with `predicates.py`."""
    source, tests = ROOT / "src" / "tenure" / floor, ROOT / "tests" / floor
    for path in sorted(tests.rglob("test_*.py")):
        place = path.relative_to(tests)
        name = place.name.removeprefix("test_").removesuffix(".py")
        modules = [one.stem for one in (source / place).parent.glob("*.py")]
        kin = [one for one in modules if name.startswith((one, one.removesuffix("s")))]
        assert kin, f"tests/{floor}/{place} tests no module"
