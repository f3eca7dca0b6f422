"""Writing into a spec what only a person can say of a model; the rest of the file stays as it is."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tenure.core.errors import invalid
from tenure.core.spec.toml import toml_pair

ASKED = {
    "owner": "who answers for it",
    "purpose": "what is it for",
    "runbook": "where is it written what to do when it fails",
}
"""What nobody can find out, and how it is asked for."""
_TABLE = re.compile(r"^\[model\][^\n]*\n", re.MULTILINE)
_NEXT = re.compile(r"^\s*\[", re.MULTILINE)


def write_answers(file: Path, answers: Mapping[str, str]) -> None:
    """Put the answers into the file's `[model]`; raise `onboard.no_spec` when it has none."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise _no_spec(file, str(error.strerror)) from error
    file.write_text(with_answers(text, answers, file), encoding="utf-8")


def with_answers(text: str, answers: Mapping[str, str], file: Path) -> str:
    """Return the text with each answer in `[model]`, in place of one that is there."""
    table = _TABLE.search(text)
    if table is None:
        raise _no_spec(file, "it has no table [model]")
    end = _NEXT.search(text, table.end())
    stop = end.start() if end else len(text)
    body = text[table.end() : stop]
    for name, answer in answers.items():
        line = toml_pair(name, answer)
        old = re.search(rf"^{name}\s*=[^\n]*$", body, re.MULTILINE)
        body = body[: old.start()] + line + body[old.end() :] if old else f"{line}\n{body}"
    written = text[: table.end()] + body + text[stop:]
    try:
        found = tomllib.loads(written)["model"]
    except tomllib.TOMLDecodeError as error:
        raise _no_spec(file, f"it cannot be written to: {error}") from error
    if any(found.get(name) != answer for name, answer in answers.items()):
        raise _no_spec(file, "what is there already is written in another way")
    return written


def _no_spec(file: Path, why: str) -> Exception:
    return invalid("onboard.no_spec", why, where=str(file), hint="--file names the model's spec")
