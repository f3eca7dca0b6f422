"""`[serve] python`: off, on, or on within bounds."""

import pytest

from tenure.core.errors import TenureError
from tenure.core.hosting import Hosting
from tenure.core.spec.parse import from_dict, parse, specs, to_dict

HEAD = """spec = 1
[model]
tenant = "acme"
name = "churn"
task = "binary"
[data]
source = "rows.csv"
target = "left"
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", None),
        ("python = false", None),
        ("python = true", Hosting()),
        ('python = { memory = "1GiB" }', Hosting(memory_bytes=1 << 30)),
        ("python = { deadline_ms = 50 }", Hosting(deadline_ms=50)),
    ],
)
def test_python_is_off_unless_it_is_allowed(line: str, expected: Hosting | None) -> None:
    (spec,) = specs(parse(f"{HEAD}[serve]\n{line}\n", "tenure.toml"))
    assert spec.serve.python == expected
    assert from_dict(to_dict(spec)) == spec


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("python = 1", "true, false, or a table with memory and deadline_ms"),
        ('python = { memory = "1MiB" }', "too small"),
        ("python = { deadline_ms = 0 }", "out of range"),
        ("python = { speed = 1 }", 'no key "speed"'),
    ],
)
def test_what_bounds_nothing_is_refused(line: str, message: str) -> None:
    with pytest.raises(TenureError, match=message):
        specs(parse(f"{HEAD}[serve]\n{line}\n", "tenure.toml"))
