"""What the log says of answers: entries, gathered on the event loop; `frames.py` makes Arrow of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tenure.core.columns import Column, ColumnType
from tenure.core.outcomes import FEATURE_PREFIX, FRAME_COLUMNS
from tenure.ports.releases import Arm, Release
from tenure.serving.outputs import Numbers
from tenure.serving.rows import Rows
from tenure.serving.tracing import Trace

OK = "ok"
MAX_FRAME_ROWS = 65_536
TEXT, INT, FLOAT = pa.string(), pa.int32(), pa.float64()
INSTANT = pa.timestamp("us", tz="UTC")
OUTPUT = pa.list_(pa.float64())
_TYPES: tuple[Any, ...] = (
    TEXT,
    INT,
    TEXT,
    INT,
    TEXT,
    TEXT,
    INSTANT,
    INSTANT,
    INT,
    TEXT,
    OUTPUT,
)


@dataclass(slots=True)
class Asked:
    """A request, with its rows when they were understood."""

    request_id: str
    received_us: int
    rows: Rows | None = None
    trace: Trace | None = None

    @property
    def count(self) -> int:
        """Rows in the log: a request that was not understood has one."""
        return self.rows.count if self.rows is not None else 1

    @property
    def weight(self) -> int:
        """About how many bytes it holds."""
        rows = self.rows
        if rows is None:
            return 400
        width = 8 if rows.block is not None else 40
        return 400 + rows.count * (120 + width * len(rows.names))


class Shape:
    """How the answers of one release stand in the log: its names, and Arrow's type of a row."""

    __slots__ = ("names", "numbers", "release", "row", "schema")

    def __init__(self, release: Release) -> None:
        columns = release.signature.features
        self.release = release
        self.names = [column.name for column in columns]
        self.numbers = all(column.type is not ColumnType.CATEGORY for column in columns)
        fields = [pa.field(name, kind) for name, kind in zip(FRAME_COLUMNS, _TYPES, strict=True)]
        fields += [pa.field(FEATURE_PREFIX + c.name, _arrow_type(c)) for c in columns]
        self.row = pa.struct(fields)
        self.schema = pa.schema(fields)


@dataclass(slots=True)
class Entry:
    """One arm's answer to a request. `features` says that this entry carries the inputs."""

    shape: Shape
    arm: Arm
    lane: str
    asked: Asked
    latency_us: int
    outputs: Numbers | None = None
    status: str = OK
    features: bool = False


def pages(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the entries in groups that fit into one frame: of one release, not too many rows."""
    groups: dict[int, list[list[Entry]]] = {}
    rows: dict[int, int] = {}
    for entry in entries:
        shape = id(entry.shape)
        group = groups.setdefault(shape, [])
        total = rows.get(shape, MAX_FRAME_ROWS) + entry.asked.count
        if total > MAX_FRAME_ROWS:
            group.append([])
            total = entry.asked.count
        group[-1].append(entry)
        rows[shape] = total
    return [page for group in groups.values() for page in group]


def _arrow_type(column: Column) -> Any:
    return TEXT if column.type is ColumnType.CATEGORY else pa.float64()
