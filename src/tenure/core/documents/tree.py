"""A document as a tree of facts; renderings walk it, so every form has the same numbers.

A fact that nothing here can know carries what a person is asked to write instead of a value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tenure.core.words import number

Value = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. `source` is the recorded thing it was read from (`evidence ev_…`), "" for none.

    `declared`: a person said it, in the spec. `ask`: nobody has, and what is to be written there.
    """

    name: str
    value: Value = None
    source: str = ""
    declared: bool = False
    ask: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a person has to write it."""
        return bool(self.ask)


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table; numbers stay numbers until they are drawn."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    source: str = ""

    def is_number(self, place: int) -> bool:
        """Return whether a column holds numbers, and nothing else but gaps."""
        values = [row[place] for row in self.rows if row[place] is not None]
        return bool(values) and not any(isinstance(one, bool | str) for one in values)


@dataclass(frozen=True, slots=True)
class Part:
    """A section: what it is about, its facts, its tables, and sections within it."""

    title: str
    says: str = ""
    facts: tuple[Fact, ...] = ()
    grids: tuple[Grid, ...] = ()
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document, as of a business time. `front` are its figures at a glance."""

    kind: str  # card | annex | changelog
    title: str
    subtitle: str
    at: datetime
    parts: tuple[Part, ...]
    front: tuple[Fact, ...] = ()
    foot: str = ""


def said(value: Value) -> str:
    """Return a value as people read it, the same in every rendering."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    return f"{value:,}" if isinstance(value, int) else value


def facts_of(parts: tuple[Part, ...]) -> Iterator[Fact]:
    """Yield every fact of the parts and of those within them, in order."""
    for part in parts:
        yield from part.facts
        yield from facts_of(part.parts)


def counted(document: Document) -> tuple[int, int]:
    """Return how many facts a document has from what is recorded, and how many a person owes it."""
    every = list(facts_of(document.parts))
    owed = sum(one.is_open for one in every)
    return len(every) - owed, owed


def owed(name: str, ask: str) -> Fact:
    """Return a fact that a person has to write."""
    return Fact(name, ask=ask)


def told(name: str, value: Value, ask: str) -> Fact:
    """Return what a person declared in the spec, or what they are asked for."""
    return Fact(name, value, source="spec", declared=True) if value else owed(name, ask)
