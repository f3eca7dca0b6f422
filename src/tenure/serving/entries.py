"""What the log says of answers: entries gathered on the event loop, Arrow frames made of them.

The columns are `core/outcomes.py`'s. Frames are made in the writer's thread, no value is touched
one by one in Python.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import pyarrow as pa

from tenure.core.columns import Column, ColumnType
from tenure.core.outcomes import FEATURE_PREFIX, FRAME_COLUMNS
from tenure.ports.frames import Frame
from tenure.ports.releases import Arm, Release
from tenure.serving.outputs import Numbers

OK = "ok"
MAX_FRAME_ROWS = 65_536
_MAX_INT32 = 2**31 - 1
_TEXT, _INT = pa.string(), pa.int32()
_INSTANT = pa.timestamp("us", tz="UTC")
_OUTPUT = pa.list_(pa.float64())
_TYPES: tuple[Any, ...] = (
    _TEXT,
    _INT,
    _TEXT,
    _INT,
    _TEXT,
    _TEXT,
    _INSTANT,
    _INSTANT,
    _INT,
    _TEXT,
    _OUTPUT,
)


@dataclass(slots=True)
class Asked:
    """A request that was understood, or as much of it as was. `times` may be one for all rows."""

    request_id: str
    received_us: int
    rows: int = 1
    columns: dict[str, list[Any]] | None = None
    keys: Sequence[str | None] | None = None
    times: Sequence[int] | None = None

    @property
    def weight(self) -> int:
        """About how many bytes it holds."""
        return 400 + self.rows * (120 + 40 * len(self.columns or ()))


class Shape:
    """How the answers of one release stand in the log: its names, and Arrow's type of a row."""

    __slots__ = ("absent", "names", "release", "row")

    def __init__(self, release: Release) -> None:
        columns = release.signature.features
        self.release = release
        self.names = [column.name for column in columns]
        self.absent = (None,) * len(columns)  # the features of entries that do not carry them
        fields = [pa.field(name, kind) for name, kind in zip(FRAME_COLUMNS, _TYPES, strict=True)]
        fields += [pa.field(FEATURE_PREFIX + c.name, _arrow_type(c)) for c in columns]
        self.row = pa.struct(fields)


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
        total = rows.get(shape, MAX_FRAME_ROWS) + entry.asked.rows
        if total > MAX_FRAME_ROWS:
            group.append([])
            total = entry.asked.rows
        group[-1].append(entry)
        rows[shape] = total
    return [page for group in groups.values() for page in group]


def prepare() -> None:
    """Make Arrow import what it imports at its first use: pandas, when that is installed."""
    pa.array([0.0, None], pa.float64())


def frame(entries: list[Entry]) -> Frame:
    """Return one page as a frame."""
    shape = entries[0].shape
    rows: list[tuple[Any, ...]] = []
    for entry in entries:
        if entry.asked.rows == 1:
            rows.append(_row(shape, entry))
        else:
            rows.extend(_rows(shape, entry))
    # one array of structs: Arrow makes it several times faster than thirty columns of a few rows
    structs: Any = pa.array(rows, shape.row)
    batch = pa.RecordBatch.from_struct_array(structs)
    release = shape.release
    return Frame(release.tenant_id, release.model_id, pa.Table.from_batches([batch]))


def _row(shape: Shape, entry: Entry) -> tuple[Any, ...]:
    asked, given = entry.asked, entry.asked.columns
    return (
        asked.request_id,
        0,
        entry.lane,
        entry.arm.version,
        entry.arm.deployment_id,
        entry.status,
        asked.times[0] if asked.times else asked.received_us,
        asked.received_us,
        min(entry.latency_us, _MAX_INT32),
        asked.keys[0] if asked.keys else None,
        entry.outputs[0] if entry.outputs else None,
        *([given[name][0] for name in shape.names] if entry.features and given else shape.absent),
    )


def _rows(shape: Shape, entry: Entry) -> Iterable[tuple[Any, ...]]:
    asked, given = entry.asked, entry.asked.columns
    nothing: Iterable[None] = repeat(None)
    carried: Sequence[Iterable[Any]] = [nothing] * len(shape.names)
    if entry.features and given:
        carried = [given[name] for name in shape.names]
    return zip(
        repeat(asked.request_id),
        range(asked.rows),
        repeat(entry.lane),
        repeat(entry.arm.version),
        repeat(entry.arm.deployment_id),
        repeat(entry.status),
        asked.times or repeat(asked.received_us),
        repeat(asked.received_us),
        repeat(min(entry.latency_us, _MAX_INT32)),
        asked.keys or nothing,
        entry.outputs or nothing,
        *carried,
        strict=False,  # the row numbers end it
    )


def _arrow_type(column: Column) -> Any:
    return _TEXT if column.type is ColumnType.CATEGORY else pa.float64()
