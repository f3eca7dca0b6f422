"""The help: quick, complete, and the same as the committed text (tests/golden/cli_help.txt).

After a wanted change: `TENURE_WRITE_GOLDEN=1 pytest tests/cli/test_help.py`.
"""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tenure.cli.main import SECTIONS, root

GOLDEN = Path(__file__).parents[1] / "golden" / "cli_help.txt"
HEAVY = {
    "numpy",
    "sqlalchemy",
    "httpx",
    "rich",
    "pyarrow",
    "polars",
    "fastapi",
    "uvicorn",
    "lightgbm",
    "msgspec",
}
NAMES = [name for part in SECTIONS.values() for name in part]


def every_help() -> str:
    """The help of the root and of everything below it."""
    with _context(root, None, "tenure") as context:
        parts = [root.get_help(context)]
        for name in root.list_commands(context):
            parts += _helps(root.get_command(context, name), context, name)
    return "\n\n".join(parts) + "\n"


def _context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    settings = {**command.context_settings, "max_content_width": 90}
    return click.Context(command, info_name=name, parent=parent, terminal_width=90, **settings)


def _helps(command: click.Command | None, parent: click.Context, name: str) -> list[str]:
    assert command is not None
    with _context(command, parent, name) as context:
        parts = [command.get_help(context)]
        if isinstance(command, click.Group):
            for verb in command.list_commands(context):
                parts += _helps(command.get_command(context, verb), context, verb)
    return parts


def test_help_is_what_was_committed() -> None:
    text = every_help()
    if os.environ.get("TENURE_WRITE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_line_in_the_list_is_the_first_of_the_commands_own_help(name: str) -> None:
    with click.Context(root) as context:
        command = root.get_command(context, name)
    assert command is not None
    summary = next(part[name].summary for part in SECTIONS.values() if name in part)
    assert (command.help or "").split("\n\n")[0].strip() == summary


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["model", "--help"], ["replay", "--help"], ["up", "--help"]],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tenure.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert imported & HEAVY == set()
    assert "click" in imported


def test_every_command_can_be_imported() -> None:
    with click.Context(root) as context:
        assert all(root.get_command(context, name) is not None for name in NAMES)
