"""`[serve] python`: whether a model that cannot be compiled may run as Python, and within what."""

from dataclasses import dataclass

from tenure.core.hosting import Hosting
from tenure.core.spec.kinds import Flag, Number, Schema, wrong_type
from tenure.core.spec.nodes import Node
from tenure.core.spec.problems import Problems
from tenure.core.spec.records import Key, Record
from tenure.core.spec.spans import Size

_LEAST_MEMORY = 64 * 1024**2
_LONGEST_MS = 60_000.0
_BOUNDS = Record(
    keys=(
        Key(
            "memory",
            Size(least=_LEAST_MEMORY),
            "what its process may use beyond the libraries",
            "512MiB",
            attr="memory_bytes",
        ),
        Key(
            "deadline_ms",
            Number(low=1, high=_LONGEST_MS),
            "how long it may take for up to 256 rows",
            200.0,
        ),
    ),
    make=lambda _, values: Hosting(**values),
    part=Hosting,
)


@dataclass(frozen=True, slots=True)
class Hosted:
    """false, true for the usual bounds, or a table of bounds. None stands for false."""

    expected: str = "true, false, or a table with memory and deadline_ms"

    def read(self, node: Node, problems: Problems) -> Hosting | None:
        """Return the bounds; None when Python is not allowed."""
        if node.table is not None:
            found = _BOUNDS.read(node, problems)
            return found if isinstance(found, Hosting) else None
        if not isinstance(node.value, bool):
            wrong_type(node, self.expected, problems)
            return None
        return Hosting() if node.value else None

    def write(self, value: object) -> object:
        """Return the table of bounds."""
        return _BOUNDS.write(value)

    def schema(self) -> Schema:
        """Return the schema of what a file may say."""
        return {"anyOf": [Flag().schema(), _BOUNDS.schema()]}
