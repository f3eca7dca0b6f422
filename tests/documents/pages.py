"""What a documentation page asks to be run, in order, and what it says comes out.

CONTRIBUTING.md gives the convention in short. A block's language says what becomes of it; a file
name after it says that the block is that file; `norun` says that nobody runs it here.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

RUN = frozenset({"shell", "console", "python"})
SHOWN = frozenset({"text", "output", "toml", "json", "csv", "sql", "http", "mermaid"})
_HIDDEN = re.compile(r"^<!-- run\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"\s+# exit (\d+)$")


class PageError(Exception):
    """A block that the convention does not know."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, Python block or file. `expected` is None when no output is shown."""

    line: int
    kind: str  # shell | python | file
    text: str
    expected: str | None = None
    exit_code: int = 0
    name: str = ""  # of the file


@dataclass
class _Reading:
    text: str
    steps: list[Step] = field(default_factory=list)

    def line(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1


def steps(path: Path) -> list[Step]:
    """Return what the page asks for; raise `PageError` for a block that says nothing known."""
    reading = _Reading(path.read_text("utf-8"))
    found = [*_HIDDEN.finditer(reading.text), *_FENCE.finditer(reading.text)]
    for match in sorted(found, key=re.Match.start):
        line = reading.line(match.start())
        if match.re is _HIDDEN:
            reading.steps.append(Step(line, "shell", match[1]))
        else:
            _take(reading, line, match[2].split(), match[3])
    return reading.steps


def _take(reading: _Reading, line: int, words: list[str], body: str) -> None:
    language, option = (*words, "", "")[:2]
    if language not in RUN | SHOWN:
        raise PageError(f"line {line}: a block says what it is: {', '.join(sorted(RUN | SHOWN))}")
    if option == "norun":
        return
    if option:
        reading.steps.append(Step(line, "file", body, name=option))
    elif language == "output":
        _expect(reading, line, body)
    elif language == "console":
        reading.steps += _commands(line, body)
    elif language in RUN:
        reading.steps.append(Step(line, language, body))


def _expect(reading: _Reading, line: int, body: str) -> None:
    if not reading.steps or reading.steps[-1].kind == "file":
        raise PageError(f"line {line}: output of nothing")
    last = reading.steps[-1]
    reading.steps[-1] = Step(last.line, last.kind, last.text, body, last.exit_code)


def _commands(line: int, body: str) -> list[Step]:
    """Split `$ command` lines from what they print; a command goes on after a backslash."""
    if not body.startswith("$ "):
        raise PageError(f"line {line}: a console block begins with `$ `")
    found = []
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, output = re.sub(r"\\\n", "\x00", part).partition("\n")
        code = _EXIT.search(command)
        text = command.replace("\x00", "\\\n")
        text = _EXIT.sub("", text)
        found.append(Step(line, "shell", text, output, int(code[1]) if code else 0))
        line += part.count("\n")
    return found


def matches(expected: str, actual: str) -> bool:
    """Return whether the output is what is shown; `…` stands for any text, in a line or of lines."""
    pattern = r"[\s\S]*?".join(re.escape(part) for part in _tidy(expected).split("…"))
    return re.fullmatch(pattern, _tidy(actual)) is not None


def _tidy(text: str) -> str:
    """Leave out what an eye does not see: blanks at the ends of lines, lines at the end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")
