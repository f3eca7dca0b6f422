"""Answers go into the spec's [model], and nothing else of the file changes."""

import tomllib
from pathlib import Path

import pytest

from tenure.cli.onboarding import with_answers
from tenure.core.errors import TenureError

FILE = Path("tenure.toml")
SPEC = """spec = 1  # the first

[model]   # who
name  = "late"
owner = "somebody"   # for now

[data]
owner = "a column"
"""


def test_an_answer_replaces_what_was_said_or_is_added() -> None:
    answers = {"owner": "ops@delta", "purpose": 'Warn "early" travellers\\soon'}
    written = with_answers(SPEC, answers, FILE)
    before, after = tomllib.loads(SPEC), tomllib.loads(written)
    assert after == {**before, "model": {"name": "late", **answers}}
    assert "# the first" in written
    assert "[model]   # who" in written
    assert with_answers(written, answers, FILE) == written


@pytest.mark.parametrize(
    "text",
    ["spec = 1\n", "[data]\n", '[model]\nowner = """\na\nb"""\n', '[model]\n"owner" = "a"\n'],
)
def test_what_cannot_be_written_to_safely_is_left_alone(text: str) -> None:
    with pytest.raises(TenureError, match=r"onboard\.no_spec"):
        with_answers(text, {"owner": "ops"}, FILE)
