"""The kinds of single values: each reads one, writes it back, and describes it as JSON Schema.

One object does all three, so the parser, the canonical form and the published schema cannot
disagree. Reading returns None for what is wrong and says why to `Problems`.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Protocol

from tenure.core.errors import TenureError
from tenure.core.spec.nodes import Node, label
from tenure.core.spec.problems import Problems, choose
from tenure.core.spec.toml import toml_pair, toml_value

Schema = dict[str, object]

_EXACT = 2**53 - 1  # the largest whole number that JSON carries exactly
_SHOWN = 60


class Kind(Protocol):
    """How one key's value is read, written and described."""

    @property
    def expected(self) -> str:
        """What a person should have written: `a whole number`."""
        ...

    def read(self, node: Node, problems: Problems) -> object:
        """Return the value, or None after saying what is wrong."""
        ...

    def write(self, value: object) -> object:
        """Return the canonical JSON form of a value that was read."""
        ...

    def schema(self) -> Schema:
        """Return the JSON Schema of what `read` accepts."""
        ...


def wrong_type(node: Node, expected: str, problems: Problems, hint: str = "") -> None:
    """Say what was expected and what was found."""
    message = f"{label(node.path)}: expected {expected}, found {_found(node)}"
    hint = hint or f"for example: {toml_pair(*problems.example)}"
    problems.add(node.path, "wrong_type", message, hint)


def bad_value(node: Node, problems: Problems, why: str, hint: str) -> None:
    """Say that a value of the right type cannot be taken."""
    problems.add(node.path, "bad_value", f"{label(node.path)}: {why}", hint)


def unsupported(node: Node, problems: Problems, what: str, hint: str) -> None:
    """Say that something is known, and refused because nothing would enforce it."""
    message = f"{what} is known but not yet enforced, so it is refused"
    problems.add(node.path, "not_yet_supported", message, hint)


def read_with(
    parse: Callable[[str], object], node: Node, expected: str, problems: Problems
) -> object:
    """Return what a parser of written units says; its error becomes a problem here."""
    if not isinstance(node.value, str):
        wrong_type(node, expected, problems)
        return None
    try:
        return parse(node.value)
    except TenureError as error:
        code = error.code.removeprefix("spec.")
        problems.add(node.path, code, f"{label(node.path)}: {error.message}", error.hint)
        return None


def storable(text: str) -> bool:
    """Return whether every database and JSON can hold the text."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, from JSON
        return False
    return "\x00" not in text


def _found(node: Node) -> str:
    if node.table is not None:
        return "a table"
    match node.value:
        case bool():
            return toml_value(node.value)
        case str():
            return f"the text {_shortened(toml_value(node.value))}"
        case int():
            return f"the whole number {node.value}"
        case float():
            return f"the number {node.value}"
        case list():
            return "a list"
        case date() | time():
            return f"the date or time {node.value}"
        case None:
            return "nothing"
        case _:
            return f"a {type(node.value).__name__}"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


@dataclass(frozen=True, slots=True)
class Text:
    """A text. `pattern` restricts it, `rule` says so in words; a `secret` is never repeated."""

    pattern: str = ".+"
    rule: str = "must not be empty"
    expected: str = "a text"
    secret: bool = False

    def read(self, node: Node, problems: Problems) -> str | None:
        """Return the text when it matches and can be stored."""
        if not isinstance(node.value, str):
            wrong_type(node, self.expected, problems)
            return None
        if not storable(node.value):
            bad_value(node, problems, "cannot be stored", "remove control and broken characters")
            return None
        if re.fullmatch(self.pattern, node.value, re.DOTALL) is None:
            shown = "the value" if self.secret else toml_value(node.value)
            hint = f"for example: {toml_pair(*problems.example)}"
            bad_value(node, problems, f"{shown} {self.rule}", hint)
            return None
        return node.value

    def write(self, value: object) -> object:
        """Return the text."""
        return value

    def schema(self) -> Schema:
        """Return a string schema."""
        if self.pattern == ".*":
            return {"type": "string"}
        if self.pattern == ".+":
            return {"type": "string", "minLength": 1}
        return {"type": "string", "pattern": f"^{self.pattern}$"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few texts. `later` are known ones that are not enforced yet."""

    values: tuple[str, ...]
    later: tuple[str, ...] = ()
    expected: str = "a text"

    def read(self, node: Node, problems: Problems) -> str | None:
        """Return the text when it is one of the values."""
        if not isinstance(node.value, str):
            wrong_type(node, self.expected, problems, f"one of: {', '.join(self.values)}")
        elif node.value in self.later:
            what = f"{label(node.path)} {toml_value(node.value)}"
            unsupported(node, problems, what, f"supported: {', '.join(self.values)}")
        elif node.value not in self.values:
            why = f"{toml_value(node.value)} is not known"
            bad_value(node, problems, why, choose(node.value, self.values, "valid"))
        else:
            return node.value
        return None

    def write(self, value: object) -> object:
        """Return the text; enumerations are texts too."""
        return str(value)

    def schema(self) -> Schema:
        """Return an enumeration."""
        return {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Number:
    """A number between bounds; `whole` takes integers only, `above` is an exclusive bound."""

    low: float = -math.inf
    high: float = math.inf
    above: float = -math.inf
    whole: bool = False

    @property
    def expected(self) -> str:
        """What a person should have written."""
        return "a whole number" if self.whole else "a number"

    def read(self, node: Node, problems: Problems) -> float | int | None:
        """Return an int when whole, else a float."""
        value = node.value
        allowed = int if self.whole else int | float
        if isinstance(value, bool) or not isinstance(value, allowed):
            wrong_type(node, self.expected, problems)
            return None
        if not self._fits(value):
            bad_value(node, problems, f"{value} is out of range", self._range(value))
            return None
        return value if self.whole else float(value)

    def _fits(self, value: float) -> bool:
        finite = math.isfinite(value) and abs(value) <= (_EXACT if self.whole else math.inf)
        return finite and self.low <= value <= self.high and value > self.above

    def _range(self, value: float) -> str:
        low = f"at least {self.low:g}" if self.low > -math.inf else ""
        low = f"more than {self.above:g}" if self.above > -math.inf else low
        high = f"at most {self.high:g}" if self.high < math.inf else ""
        words = f"{self.expected}, {' and '.join(filter(None, (low, high))) or 'finite'}"
        end = self.high if value > self.high else self.low
        is_near = math.isfinite(end) and not math.isnan(value) and end > self.above
        return f"the nearest is {end:g}   {words}" if is_near else words

    def write(self, value: object) -> object:
        """Return the number."""
        return value

    def schema(self) -> Schema:
        """Return a number schema with its bounds."""
        bounds = {"minimum": self.low, "maximum": self.high, "exclusiveMinimum": self.above}
        finite = {name: bound for name, bound in bounds.items() if math.isfinite(bound)}
        return {"type": "integer" if self.whole else "number", **finite}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    expected: str = "true or false"

    def read(self, node: Node, problems: Problems) -> bool | None:
        """Return the truth value."""
        if isinstance(node.value, bool):
            return node.value
        wrong_type(node, self.expected, problems)
        return None

    def write(self, value: object) -> object:
        """Return the truth value."""
        return value

    def schema(self) -> Schema:
        """Return a boolean schema."""
        return {"type": "boolean"}
