"""Coverage in Cobertura's XML, which coverage.py, JaCoCo's converters, gcovr and Istanbul write."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tenure.core.errors import invalid
from tenure.core.markup import walk

ROOT = "coverage"
"""The first element of such a file."""
_CLASS, _LINE = "class", "line"
_HOW = "coverage xml writes one; so does pytest --cov --cov-report=xml"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the code was run: shares in [0, 1]. `branch_rate` is None where nobody looked."""

    files: int
    lines: int
    covered: int
    branch_rate: float | None

    @property
    def line_rate(self) -> float:
        """The share of the lines that were run."""
        return self.covered / self.lines

    def facts(self) -> dict[str, float | int | str | None]:
        """Return what is kept as evidence."""
        return {
            "line_rate": round(self.line_rate, 6),
            "branch_rate": self.branch_rate,
            "lines": self.lines,
            "covered": self.covered,
            "files": self.files,
        }


def read(data: bytes) -> Coverage:
    """Return what a file says, counted line by line; raise `test.malformed`.

    A line that stands under a method and under its class is one line.
    """
    reading = _Reading()
    walk(data, reading.begin, reading.end, "test.malformed")
    if not reading.lines:
        raise invalid("test.malformed", "no line of code stands in it", hint=_HOW)
    covered = sum(reading.lines.values())
    return Coverage(len(reading.files), len(reading.lines), covered, reading.branch_rate)


class _Reading:
    def __init__(self) -> None:
        self.lines: dict[tuple[int, int], bool] = {}
        self.files: dict[str, int] = {}
        self.branch_rate: float | None = None
        self._rooted = False
        self._file = -1

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self._rooted:
            self._rooted = True
            if tag != ROOT:
                raise invalid("test.malformed", f"<{tag[:50]}> is no coverage file", hint=_HOW)
            self.branch_rate = _branches(attributes)
        elif tag == _CLASS:
            name = attributes.get("filename") or attributes.get("name") or ""
            self._file = self.files.setdefault(name, len(self.files))
        elif tag == _LINE and self._file >= 0:
            place = (self._file, _count(attributes.get("number")))
            hit = _count(attributes.get("hits")) > 0
            self.lines[place] = self.lines.get(place, False) or hit

    def end(self, tag: str) -> None:
        if tag == _CLASS:
            self._file = -1


def _branches(attributes: Mapping[str, str]) -> float | None:
    """Return the share of branches; files without any say 0 of 0."""
    if attributes.get("branches-valid") in {"0", None}:
        return None
    try:
        rate = float(attributes.get("branch-rate", ""))
    except ValueError:
        return None
    return rate if math.isfinite(rate) and 0.0 <= rate <= 1.0 else None


def _count(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 12:  # noqa: PLR2004
        raise invalid("test.malformed", f"a line says {str(text)[:20]!r} where a number stands")
    return int(text)
