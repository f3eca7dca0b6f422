"""The kinds that hold other values: lists, tables with known keys, tables with free names."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from tenure.core.spec.kinds import (
    Kind,
    Schema,
    Text,
    unsupported,
    wrong_type,
)
from tenure.core.spec.nodes import Node, heading, label
from tenure.core.spec.problems import Problems, choose, nearest
from tenure.core.spec.toml import toml_pair

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table. `attr` is the attribute it fills; a `flat` table fills several."""

    name: str
    kind: Kind
    says: str
    example: object
    attr: str = ""
    required: bool = False
    flat: bool = False

    @property
    def attribute(self) -> str:
        """The attribute of the part that the key fills."""
        return self.attr or self.name


Values = dict[str, Any]
Make = Callable[[str, Values], object]


@dataclass(frozen=True, slots=True)
class Record:
    """A table with known keys. Names beyond them are tables of kind `rest`, when it is given.

    `make` turns the values by attribute into the part, given the table's name. `part` is the
    class whose defaults hold for keys that are left out; `later` are keys that are known and
    refused, each with what to do instead. `top` is set for the file itself.
    """

    keys: tuple[Key, ...]
    make: Make | None = None
    part: type | None = None
    later: Mapping[str, str] = field(default_factory=dict)
    rest: Kind | None = None
    rest_attr: str = ""
    top: bool = False
    expected: str = "a table"

    def read(self, node: Node, problems: Problems) -> object:
        """Return the part, or the values by attribute; None when a needed key is missing."""
        if node.table is None:
            wrong_type(node, self.expected, problems, self._header(node))
            return None
        known = {key.name: key for key in self.keys}
        values: Values = {self.rest_attr: []} if self.rest else {}
        for name, child in node.table.items():
            if name in known:
                _take(known[name], child, values, problems)
            elif name in self.later:
                unsupported(child, problems, _called(child), self.later[name])
            elif self.rest is not None and child.table is not None:
                values[self.rest_attr].append(self.rest.read(child, problems))
            else:
                self._unknown(child, problems)
        if self._lacks(node, values, problems):
            return None
        return self.make(node.name, values) if self.make else values

    def _header(self, node: Node) -> str:
        """Return how this table begins, for somebody who wrote something else."""
        keys = [key for key in self.keys if key.required] or list(self.keys[:1])
        inline = {key.name: key.example for key in keys}
        return f"for example: {toml_pair(node.name, inline)}"

    def _unknown(self, child: Node, problems: Problems) -> None:
        names = [key.name for key in self.keys]
        if self.top and child.table is not None:
            message = f"there is no table {heading(child.path)}"
            problems.add(child.path, "unknown_table", message, self._tables(child.name))
            return
        message = f'{heading(child.path[:-1])} has no key "{child.name}"'
        hint = self._tables(child.name) if self.top else choose(child.name, names)
        problems.add(child.path, "unknown_key", message, hint)

    def _tables(self, name: str) -> str:
        """Return the hint for a stranger at the top: where it belongs, or the nearest table."""
        tables = [key for key in self.keys if isinstance(key.kind, Record | Named)]
        for table in tables:
            if isinstance(table.kind, Record) and name in {key.name for key in table.kind.keys}:
                return f"it belongs under [{table.name}]"
        close = nearest(name, [table.name for table in tables])
        listed = f"known: {', '.join(f'[{table.name}]' for table in tables)}"
        return f"did you mean [{close}]?   {listed}" if close else listed

    def _lacks(self, node: Node, values: Values, problems: Problems) -> bool:
        for key in self.keys:
            if not key.required or key.name in (node.table or {}):
                continue
            if isinstance(key.kind, Record):
                needed = ", ".join(one.name for one in key.kind.keys if one.required)
                message, hint = f"there is no table [{key.name}]", f"{key.says}; needs: {needed}"
                problems.add(node.path, "missing_table", message, hint)
            else:
                message = f'{heading(node.path)} lacks "{key.name}"'
                hint = f"{key.says}, for example: {toml_pair(key.name, key.example)}"
                problems.add(node.path, "missing_key", message, hint)
        return any(key.required and key.attribute not in values for key in self.keys)

    def write(self, value: object) -> dict[str, object]:
        """Return the table of a part; None, "" and tables without content are left out."""
        found: dict[str, object] = {}
        for key in self.keys:
            one = value if key.flat else getattr(value, key.attribute)
            written = None if one is None or one == "" else key.kind.write(one)
            if written is not None and written != {}:
                found[key.name] = written
        if any(key.required and key.name not in found for key in self.keys):
            return {}
        for one in getattr(value, self.rest_attr) if self.rest else ():
            found[one.name] = self.rest.write(one) if self.rest else None
        return found

    def schema(self) -> Schema:
        """Return an object schema that allows nothing unknown."""
        required = [key.name for key in self.keys if key.required]
        found: Schema = {
            "type": "object",
            "properties": {key.name: self._property(key) for key in self.keys},
            "additionalProperties": self.rest.schema() if self.rest else False,
        }
        return found | {"required": required} if required else found

    def _property(self, key: Key) -> Schema:
        found: Schema = {"description": key.says, **key.kind.schema()}
        if not isinstance(key.kind, Record):
            found["examples"] = [key.example]
        if (default := self.default(key)) is not None:
            found["default"] = default
        return found

    def default(self, key: Key) -> object:
        """Return what holds when the key is left out, as it is written; None for nothing."""
        for one in fields(self.part) if self.part and not key.flat else ():
            if one.name == key.attribute:
                value = one.default_factory() if one.default_factory is not MISSING else one.default
                return None if value in (MISSING, None, "", (), {}) else key.kind.write(value)
        return None


def _take(key: Key, child: Node, values: Values, problems: Problems) -> None:
    problems.example = (key.name, key.example)
    value = key.kind.read(child, problems)
    if key.flat and isinstance(value, dict):
        values.update(value)
    elif value is not None:
        values[key.attribute] = value


def _called(child: Node) -> str:
    return heading(child.path) if child.table is not None else label(child.path)


@dataclass(frozen=True, slots=True)
class Named:
    """A table whose keys are names that people choose; each holds a value of one kind.

    The values have their name as the attribute `name`, and are kept in the order of their names.
    """

    kind: Kind
    name: Text = field(default_factory=Text)
    expected: str = "a table of named tables"

    def read(self, node: Node, problems: Problems) -> tuple[object, ...] | None:
        """Return the values in the order of their names."""
        if node.table is None:
            wrong_type(node, self.expected, problems)
            return None
        found: list[object] = []
        for name, child in sorted(node.table.items()):
            self.name.read(Node(child.path, name), problems)
            found.append(self.kind.read(child, problems))
        return tuple(one for one in found if one is not None)

    def write(self, value: object) -> dict[str, object]:
        """Return the table of named values."""
        named: Iterable[Any] = value if isinstance(value, Iterable) else ()
        return {one.name: self.kind.write(one) for one in named}

    def schema(self) -> Schema:
        """Return an object schema for any name that matches."""
        found: Schema = {"type": "object", "additionalProperties": self.kind.schema()}
        pattern = self.name.schema().get("pattern")
        return found | {"propertyNames": {"pattern": pattern}} if pattern else found


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A table that is kept as a single value: `unwrap` its values, `wrap` it for writing."""

    record: Record
    unwrap: Callable[[Values], object]
    wrap: Callable[[Any], dict[str, object]]
    expected: str = "a table"

    def read(self, node: Node, problems: Problems) -> object:
        """Return the single value."""
        values = self.record.read(node, problems)
        return self.unwrap(values) if isinstance(values, dict) else None

    def write(self, value: object) -> dict[str, object]:
        """Return the table."""
        return self.wrap(value)

    def schema(self) -> Schema:
        """Return the table's schema."""
        return self.record.schema()
