"""A spec's raw values as a tree that remembers where each value was written.

Merging a blueprint with a tenant's tables keeps the path of whichever value won, so that an
error and `plan --explain` point at the line that a person wrote.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tenure.core.spec.places import Path


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands in its source. Tables have `table`, everything else `value`."""

    path: Path
    value: object = None
    table: dict[str, "Node"] | None = None

    @property
    def name(self) -> str:
        """The key as it was written."""
        return str(self.path[-1]) if self.path else ""

    def child(self, name: str) -> "Node | None":
        """Return what stands under a key of this table."""
        return self.table.get(name) if self.table is not None else None

    def items(self) -> Iterator["Node"]:
        """Yield the items of a list as nodes."""
        if isinstance(self.value, list):
            for index, item in enumerate(self.value):
                yield plant(item, (*self.path, index))

    def find(self, path: Path) -> "Node | None":
        """Return the node at a path below this one."""
        node: Node | None = self
        for step in path:
            if node is None:
                return None
            node = node.child(str(step))
        return node


def plant(raw: object, path: Path = ()) -> Node:
    """Return the tree of a raw value; keys of tables become texts."""
    if isinstance(raw, Mapping):
        return Node(path, table={str(k): plant(v, (*path, str(k))) for k, v in raw.items()})
    return Node(path, raw)


def heading(path: Path) -> str:
    """Return the table of a key as it is written in the file: `[train]`; the top is `the file`."""
    names = [str(step) for step in path if isinstance(step, str)]
    return f"[{'.'.join(names)}]" if names else "the file"


def label(path: Path) -> str:
    """Return a key with its table: `[train] windows[1]`, `spec`."""
    steps = list(path)
    index = ""
    while steps and isinstance(steps[-1], int):
        index = f"[{steps.pop()}]{index}"
    if not steps:
        return "the file"
    key = f"{steps[-1]}{index}"
    return key if len(steps) == 1 else f"{heading(tuple(steps[:-1]))} {key}"
