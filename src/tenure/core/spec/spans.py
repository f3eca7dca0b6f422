"""The kinds of written units: durations, training windows and sizes."""

from dataclasses import dataclass, replace
from datetime import timedelta

from tenure.core.spec.durations import (
    ALL,
    SEASON,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)
from tenure.core.spec.kinds import Schema, bad_value, read_with, wrong_type
from tenure.core.spec.nodes import Node
from tenure.core.spec.problems import Problems
from tenure.core.spec.toml import toml_value

_DURATION_PATTERN = "^[0-9]{1,10}[smhdw]$"


@dataclass(frozen=True, slots=True)
class Duration:
    """A span such as "6h". `least` is the shortest that makes sense, in seconds."""

    least: int = 0
    expected: str = 'a duration such as "6h"'

    def read(self, node: Node, problems: Problems) -> timedelta | None:
        """Return the span."""
        span = read_with(parse_duration, node, self.expected, problems)
        if isinstance(span, timedelta) and span.total_seconds() < self.least:
            shortest = format_duration(timedelta(seconds=self.least))
            hint = f'the nearest is "{shortest}"'
            bad_value(node, problems, f"{toml_value(node.value)} is too short", hint)
            return None
        return span if isinstance(span, timedelta) else None

    def write(self, value: object) -> object:
        """Return the span as it is written."""
        return format_duration(value) if isinstance(value, timedelta) else value

    def schema(self) -> Schema:
        """Return a string schema."""
        return {"type": "string", "pattern": _DURATION_PATTERN}


@dataclass(frozen=True, slots=True)
class Days:
    """A span that its reader keeps as a number of days."""

    expected: str = 'a duration such as "30d"'

    def read(self, node: Node, problems: Problems) -> float | None:
        """Return the days."""
        span = Duration(least=1).read(node, problems)
        return None if span is None else span / timedelta(days=1)

    def write(self, value: object) -> object:
        """Return the span as it is written."""
        return format_duration(timedelta(days=float(str(value))))

    def schema(self) -> Schema:
        """Return a string schema."""
        return Duration().schema()


@dataclass(frozen=True, slots=True)
class Window:
    """A training window: "all", a duration, or a season."""

    expected: str = '"all", a duration such as "60d" or a season such as "season:45d"'

    def read(self, node: Node, problems: Problems) -> str | None:
        """Return the window as it was written."""
        if node.value == ALL:
            return ALL
        if not isinstance(node.value, str):
            wrong_type(node, self.expected, problems)
            return None
        bare = replace(node, value=node.value.removeprefix(SEASON))
        span = Duration(least=1).read(bare, problems)
        return None if span is None else node.value

    def write(self, value: object) -> object:
        """Return the window."""
        return value

    def schema(self) -> Schema:
        """Return a string schema."""
        return {"type": "string", "pattern": f"^all$|^({SEASON})?[0-9]{{1,10}}[smhdw]$"}


@dataclass(frozen=True, slots=True)
class Size:
    """An amount of memory such as "4GiB"."""

    least: int = 1
    expected: str = 'a size such as "4GiB"'

    def read(self, node: Node, problems: Problems) -> int | None:
        """Return the bytes."""
        size = read_with(parse_size, node, self.expected, problems)
        if isinstance(size, int) and size < self.least:
            hint = f'the nearest is "{format_size(self.least)}"'
            bad_value(node, problems, f"{toml_value(node.value)} is too small", hint)
            return None
        return size if isinstance(size, int) else None

    def write(self, value: object) -> object:
        """Return the size as it is written."""
        return format_size(value) if isinstance(value, int) else value

    def schema(self) -> Schema:
        """Return a string schema."""
        return {"type": "string", "pattern": "^[0-9]{1,18}(B|KiB|MiB|GiB|TiB)$"}
