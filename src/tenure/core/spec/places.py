"""Where each table and key stands in a TOML text: `tomllib` reads values and forgets lines.

Works on a text that `tomllib` has accepted, so it only has to step over values, not judge them.
"""

import re
import tomllib
from bisect import bisect_left

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\n#]+")
_SPACE = re.compile(r"[ \t]*")


def find_places(text: str) -> dict[Path, int]:
    """Return the line of every table, key and list item by its path; the first line is 1."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    """Steps through the text once. `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.ends = [match.start() for match in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        """Walk headers and keys until the end."""
        table: Path = ()
        while self._more():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.lines

    def _more(self) -> bool:
        self._step(_BLANK)
        return self.at < len(self.text)

    def _step(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def _header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`."""
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        start = self.at
        self.at += brackets
        path = self._keys(())
        if brackets == 1:  # the table's own line counts, not that of a sub-table before it
            self.lines[path] = bisect_left(self.ends, start) + 1
        self.at += brackets
        return path

    def _pair(self, table: Path) -> None:
        path = self._keys(table)
        self.at += 1  # the equals sign
        self._value(path)

    def _keys(self, table: Path) -> Path:
        """Read `a."b c".d` and note every step of it."""
        path = table
        while True:
            self._step(_SPACE)
            start = self.at
            path = (*path, _plain(self._step(_KEY)))
            self._note(path, start)
            self._step(_SPACE)
            if self.text[self.at] != ".":
                return path
            self.at += 1

    def _value(self, path: Path) -> None:
        self._step(_SPACE)
        first = self.text[self.at]
        if first == "[":
            self._items(path)
        elif first == "{":
            self._inline(path)
        elif not self._step(_STRING):
            self._step(_BARE)

    def _items(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._more() and self.text[self.at] != "]":
            self._note((*path, index), self.at)
            self._value((*path, index))
            self._comma()
            index += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._more() and self.text[self.at] != "}":
            self._pair(path)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        if self._more() and self.text[self.at] == ",":
            self.at += 1

    def _note(self, path: Path, offset: int) -> None:
        self.lines.setdefault(path, bisect_left(self.ends, offset) + 1)


def _plain(key: str) -> str:
    """Return a key without its quotes and escapes."""
    if key[:1] not in {'"', "'"}:
        return key
    value: str = tomllib.loads(f"key = {key}")["key"]
    return value
