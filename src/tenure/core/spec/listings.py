"""The kinds of lists, and of tables whose content is somebody else's business."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenure.core.spec.kinds import Kind, Schema, bad_value, storable, wrong_type
from tenure.core.spec.nodes import Node
from tenure.core.spec.problems import Problems
from tenure.core.spec.toml import toml_value

_EXACT = 2**53 - 1  # the largest whole number that JSON carries exactly


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of values of one kind, each at most once."""

    item: Kind
    least: int = 0
    expected: str = "a list of texts"

    def read(self, node: Node, problems: Problems) -> tuple[object, ...] | None:
        """Return the items as a tuple."""
        if not isinstance(node.value, list | tuple):
            is_text = isinstance(node.value, str)
            hint = f"write {node.name} = [{toml_value(node.value)}]" if is_text else ""
            wrong_type(node, self.expected, problems, hint)
            return None
        if len(node.value) < self.least:
            bad_value(node, problems, "is empty", f"at least {self.least} is needed")
        items = [(one, self.item.read(one, problems)) for one in node.items()]
        seen: set[object] = set()
        for one, item in items:
            if item is not None and item in seen:
                bad_value(one, problems, f"{toml_value(one.value)} stands twice", "name it once")
            seen.add(item)
        return tuple(item for _, item in items if item is not None)

    def write(self, value: object) -> object:
        """Return a list."""
        return [self.item.write(one) for one in value] if isinstance(value, Sequence) else value

    def schema(self) -> Schema:
        """Return an array schema."""
        found: Schema = {"type": "array", "items": self.item.schema(), "uniqueItems": True}
        return found | {"minItems": self.least} if self.least else found


@dataclass(frozen=True, slots=True)
class Free:
    """A table of plain values under any names: what a recipe understands is its own business."""

    expected: str = "a table"

    def read(self, node: Node, problems: Problems) -> dict[str, object] | None:
        """Return numbers, texts, truth values, and lists of them."""
        if node.table is None:
            wrong_type(node, self.expected, problems)
            return None
        for child in node.table.values():
            for one in child.items() if isinstance(child.value, list) else (child,):
                _check_plain(one, problems)
        return {name: child.value for name, child in node.table.items()}

    def write(self, value: object) -> object:
        """Return the table."""
        return dict(value) if isinstance(value, Mapping) else value

    def schema(self) -> Schema:
        """Return an object schema of plain values."""
        plain: list[object] = [{"type": ["number", "string", "boolean"]}]
        listed: Schema = {"type": "array", "items": plain[0]}
        return {"type": "object", "additionalProperties": {"anyOf": [*plain, listed]}}


def _check_plain(node: Node, problems: Problems) -> None:
    value = node.value
    if not isinstance(value, str | int | float):
        wrong_type(node, "a number, a text, true or false, or a list of them", problems)
    elif isinstance(value, str) and not storable(value):
        bad_value(node, problems, "cannot be stored", "remove control and broken characters")
    elif isinstance(value, float) and not math.isfinite(value):
        bad_value(node, problems, f"{value} is not finite", "a finite number")
    elif isinstance(value, int) and abs(value) > _EXACT:
        bad_value(node, problems, f"{value} is out of range", f"the nearest is {_EXACT}")
