"""What is wrong with a spec: all of it at once, each with its place and how to mend it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.spec.places import Path

SHOWN = 20
"""So many problems are said; a file with more is told how many are left."""


class SpecError(TenureError):
    """A refused spec. `errors` are all its problems in order; the first one gives the code."""

    def __init__(self, errors: tuple[TenureError, ...]) -> None:
        first, rest = errors[0], errors[1:]
        more = [str(error) for error in rest[: SHOWN - 1]]
        if len(rest) >= SHOWN:
            more.append(f"… and {len(rest) - SHOWN + 1} more")
        hint = "\n".join([first.hint, *more])
        super().__init__(Kind.INVALID, first.code, first.message, where=first.where, hint=hint)
        self.errors = errors


class Source(Protocol):
    """Says where a path stands, for people and for sorting."""

    def where(self, path: Path) -> str:
        """Return the place: `tenure.toml:31` or `spec.train.recipe`."""
        ...

    def rank(self, path: Path) -> int:
        """Return the order among the problems of one spec."""
        ...


@dataclass(frozen=True, slots=True)
class InFile:
    """A spec that was read from a file: places are lines."""

    file: str
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int | None:
        """Return the line of the path, or of the nearest table that holds it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None

    def where(self, path: Path) -> str:
        """Return `file:line`, or the file for what is not there at all."""
        line = self.line(path)
        return self.file if line is None else f"{self.file}:{line}"

    def rank(self, path: Path) -> int:
        """Return the line; what is missing from the whole file comes first."""
        return self.line(path) or 0


@dataclass(frozen=True, slots=True)
class InValue:
    """A spec that was handed over as a value: places are paths from `spec`."""

    def where(self, path: Path) -> str:
        """Return `spec.train.recipe`."""
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
        return "spec" + "".join(steps)

    def rank(self, path: Path) -> int:  # noqa: ARG002  # a value has no order of its own
        """Return the same for every path: problems stay in the order in which they were found."""
        return 0


@dataclass(slots=True)
class Problems:
    """Collects problems while a spec is read. `queries` are the texts of named query files.

    `packages` are the digests of the code that stands beside it, by name. Both are None for a spec
    that was handed over as a value: it carries query and digest itself.
    `example` is a right value of the key that is being read, with the key's name.
    """

    source: Source
    queries: Mapping[str, str] | None = None
    packages: Mapping[str, str] | None = None
    example: tuple[str, object] = ("", "")
    _found: dict[tuple[Path, str, str], TenureError] = field(default_factory=dict)

    def add(self, path: Path, code: str, message: str, hint: str) -> None:
        """Remember a problem; the same one at the same place is said once."""
        error = invalid(f"spec.{code}", message, where=self.source.where(path), hint=hint)
        self._found.setdefault((path, code, message), error)

    @property
    def any(self) -> bool:
        """Whether something is wrong."""
        return bool(self._found)

    def refuse(self) -> None:
        """Raise everything that was found, in the order of the file; do nothing for nothing."""
        if self._found:
            ranked = sorted(self._found.items(), key=lambda item: self.source.rank(item[0][0]))
            raise SpecError(tuple(error for _, error in ranked))


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that was probably meant, or an empty text."""
    words = {one.casefold(): one for one in known}
    close = get_close_matches(word.casefold(), words, n=1, cutoff=0.6)
    return words[close[0]] if close else ""


def choose(word: str, known: Iterable[str], label: str = "known") -> str:
    """Return the hint for an unknown word: `did you mean "recipe"?   known: recipe, windows`."""
    names = list(known)
    close = nearest(word, names)
    listed = f"{label}: {', '.join(names) or 'none'}"
    return f'did you mean "{close}"?   {listed}' if close else listed
