"""Every claim of the threat model has its test, and the test is there."""

import ast
import re
from pathlib import Path

from tests.architecture.trees import tree

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
_ROW = re.compile(r"^\| (?!threat|-)(.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def test_every_threat_names_a_test_that_exists() -> None:
    rows = _ROW.findall(PAGE.read_text("utf-8"))
    assert len(rows) > 20
    for threat, _, named in rows:
        found = re.fullmatch(r"`([\w/]+\.py)::(test_\w+)`", named)
        assert found, threat
        path = ROOT / "tests" / found[1]
        assert path.exists(), named
        names = {node.name for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)}
        assert found[2] in names, named
