"""The reference pages say what the code says."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tenure.core.events import KINDS
from tenure.core.predicates import PREDICATES

ROOT = Path(__file__).parents[2]
MEND = "run `python docs/generate.py` and look at the difference"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """Return docs/generate.py, which is a script and not part of the package."""
    name = "docs_generate"
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_every_generated_page_is_as_it_would_be_written(generate: ModuleType) -> None:
    assert [path.name for path in generate.stale()] == [], MEND


def test_every_error_code_has_a_line_and_looks_like_one(generate: ModuleType) -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text("utf-8")
    codes = set(generate.errors())
    assert len(codes) > 100
    assert [code for code in sorted(codes) if f"| `{code}` |" not in page] == [], MEND
    assert {"spec.unknown_key", "key.malformed", "<noun>.bad_transition"} <= codes


def test_every_code_that_the_documentation_of_the_ports_promises_exists(
    generate: ModuleType,
) -> None:
    """A port says which errors its adapters raise: ``Raises `blob.corrupt` ``."""
    promised: set[str] = set()
    for path in (ROOT / "src" / "tenure" / "ports").glob("*.py"):
        for sentence in re.findall(
            r"[Rr]aises? ([^.]*`[a-z_.]+`[^.]*(?:\.[a-z_]+`[^.]*)*)", path.read_text("utf-8")
        ):
            promised |= set(re.findall(r"`([a-z_]+\.[a-z_]+)`", sentence))
    assert "blob.corrupt" in promised
    known = set(generate.errors())
    patterns = {code.split(".")[1] for code in known if code.startswith("<")}
    missing = {code for code in promised - known if code.split(".")[1] not in patterns}
    assert missing == set()


def test_every_reason_for_quarantine_has_a_meaning(generate: ModuleType) -> None:
    assert generate.reasons() - set(generate.REASONS) == set()
    assert set(generate.REASONS) - generate.reasons() == set()


def test_every_event_and_every_predicate_has_its_place() -> None:
    events = (ROOT / "docs" / "reference" / "events.md").read_text("utf-8")
    clauses = (ROOT / "docs" / "reference" / "clauses.md").read_text("utf-8")
    assert all(f"| `{kind}` |" in events for kind in KINDS)
    assert all(f"## {name}\n" in clauses for name in PREDICATES)


def test_only_known_events_are_recorded(generate: ModuleType) -> None:
    recorded = {
        generate.text_of(node.args[0])
        for tree in generate.trees().values()
        for node in generate.ast.walk(tree)
        if isinstance(node, generate.ast.Call) and generate.called(node) == "Event" and node.args
    }
    assert recorded - set(KINDS) - {""} == set()
