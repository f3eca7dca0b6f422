"""What the log says of answers: entries gathered on the event loop, Arrow frames made of them.

The columns are `core/outcomes.py`'s. Frames are made in the writer's thread, no value is touched
one by one in Python.
"""

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenure.core.columns import Column, ColumnType
from tenure.core.outcomes import FEATURE_PREFIX, FRAME_COLUMNS, LOOKUPS, TRACE_COLUMN
from tenure.ports.frames import Frame
from tenure.ports.releases import Arm, Release
from tenure.serving.lookups.rows import LookedUpRows
from tenure.serving.outputs import Numbers
from tenure.serving.rows import Rows
from tenure.serving.tracing import Trace

OK = "ok"
MAX_FRAME_ROWS = 65_536
FEW_ROWS = 16
_ABSENT = struct.pack("<d", math.nan)
_MAX_INT32 = 2**31 - 1
_TEXT, _INT, _FLOAT = pa.string(), pa.int32(), pa.float64()
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


def prepare() -> None:
    """Make Arrow import what it imports at its first use: pandas, when that is installed."""
    pa.array([0.0, None], pa.float64())


def frame(entries: list[Entry]) -> Frame:
    """Return one page as a frame."""
    shape = entries[0].shape
    if shape.numbers and sum(entry.asked.count for entry in entries) > FEW_ROWS:
        batch = _by_columns(shape, entries)
    else:
        batch = _by_rows(shape, entries)
    if shape.release.lookups:
        batch = batch.append_column(LOOKUPS, _looked_up(entries))
    if any(entry.asked.trace is not None for entry in entries):
        batch = batch.append_column(TRACE_COLUMN, _traces(entries))
    release = shape.release
    return Frame(release.tenant_id, release.model_id, pa.Table.from_batches([batch]))


def _looked_up(entries: list[Entry]) -> Any:
    """Return what became of each row's look-ups, where an entry carries the inputs."""
    each = (
        asked.rows.told
        if entry.features and isinstance((asked := entry.asked).rows, LookedUpRows)
        else repeat(None, entry.asked.count)
        for entry in entries
    )
    return pa.array(list(chain.from_iterable(each)), _TEXT)


def _traces(entries: list[Entry]) -> Any:
    ids = [None if (trace := entry.asked.trace) is None else trace.trace_id for entry in entries]
    counts = [entry.asked.count for entry in entries]
    which: Any = np.repeat(np.arange(len(ids)), counts)
    return pa.array(ids, _TEXT).take(pa.array(which))


def _by_rows(shape: Shape, entries: list[Entry]) -> Any:
    """One array of structs: Arrow makes it several times faster than many columns of few rows."""
    rows: list[tuple[Any, ...]] = []
    for entry in entries:
        rows.extend(_rows(shape, entry))
    structs: Any = pa.array(rows, shape.row)
    return pa.RecordBatch.from_struct_array(structs)


def _rows(shape: Shape, entry: Entry) -> Iterable[tuple[Any, ...]]:
    asked, given = entry.asked, entry.asked.rows
    nothing: Iterable[None] = repeat(None)
    carried: Sequence[Iterable[Any]] = [nothing] * len(shape.names)
    if entry.features and given is not None:
        carried = [given.columns[name] for name in shape.names]
    return zip(
        repeat(asked.request_id),
        range(asked.count),
        repeat(entry.lane),
        repeat(entry.arm.version),
        repeat(entry.arm.deployment_id),
        repeat(entry.status),
        (given.times if given else None) or repeat(asked.received_us),
        repeat(asked.received_us),
        repeat(min(entry.latency_us, _MAX_INT32)),
        (given.keys if given else None) or nothing,
        entry.outputs or nothing,
        *carried,
        strict=False,  # the row numbers end it
    )


def _by_columns(shape: Shape, entries: list[Entry]) -> Any:
    """Columns of many rows of numbers: blocks are joined, no value is touched one by one."""
    asked = [entry.asked for entry in entries]
    counts = [one.count for one in asked]
    total = sum(counts)
    spread = _Spread(counts, total)
    received = spread.numbers([one.received_us for one in asked], np.int64)
    columns = [
        spread.texts([one.request_id for one in asked]),
        pa.array(spread.places()),
        spread.texts([entry.lane for entry in entries]),
        pa.array(spread.numbers([entry.arm.version for entry in entries], np.int32)),
        spread.texts([entry.arm.deployment_id for entry in entries]),
        spread.texts([entry.status for entry in entries]),
        _instants(_times(entries, received, counts)),
        _instants(received),
        pa.array(
            spread.numbers([min(entry.latency_us, _MAX_INT32) for entry in entries], np.int32)
        ),
        _keys(entries, counts, total),
        _outputs(entries, counts, total),
        *_features(shape, entries),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=shape.schema)


class _Spread:
    """Gives what an entry says to each of its rows."""

    def __init__(self, counts: list[int], total: int) -> None:
        self._counts = counts
        self._total = total
        self._which: NDArray[np.int64] | None = None
        if total != len(counts):
            self._which = np.repeat(np.arange(len(counts)), counts)

    def places(self) -> NDArray[np.int32]:
        """Return the number of each row within its entry."""
        if self._which is None:
            return np.zeros(self._total, np.int32)
        starts = np.cumsum(self._counts) - self._counts
        return (np.arange(self._total) - starts[self._which]).astype(np.int32)

    def numbers(self, values: list[int], kind: type[np.generic]) -> NDArray[Any]:
        array = np.array(values, kind)
        return array if self._which is None else array[self._which]

    def texts(self, texts: list[str]) -> Any:
        if texts.count(texts[0]) == len(texts):
            return pa.repeat(pa.scalar(texts[0], _TEXT), self._total)
        array = pa.array(texts, _TEXT)
        return array if self._which is None else array.take(self._which)


def _instants(microseconds: NDArray[np.int64]) -> Any:
    """Return instants without a copy; a cast costs ten times as much."""
    return pa.Array.from_buffers(
        _INSTANT, len(microseconds), [None, pa.py_buffer(microseconds.data)]
    )


def _times(entries: list[Entry], received: Any, counts: list[int]) -> Any:
    if not any(entry.asked.rows is not None and entry.asked.rows.times for entry in entries):
        return received
    each = (
        entry.asked.rows.times
        if entry.asked.rows is not None and entry.asked.rows.times
        else repeat(entry.asked.received_us, count)
        for entry, count in zip(entries, counts, strict=True)
    )
    return np.fromiter(chain.from_iterable(each), np.int64, len(received))


def _keys(entries: list[Entry], counts: list[int], total: int) -> Any:
    if not any(entry.asked.rows is not None and entry.asked.rows.keys for entry in entries):
        return pa.nulls(total, _TEXT)
    each = (
        entry.asked.rows.keys
        if entry.asked.rows is not None and entry.asked.rows.keys
        else repeat(None, count)
        for entry, count in zip(entries, counts, strict=True)
    )
    return pa.array(list(chain.from_iterable(each)), _TEXT)


def _outputs(entries: list[Entry], counts: list[int], total: int) -> Any:
    each = [entry.outputs for entry in entries]
    widths = {len(rows[0]) for rows in each if rows}
    if not all(each) or len(widths) != 1:
        found = (rows or repeat(None, n) for rows, n in zip(each, counts, strict=True))
        return pa.array(list(chain.from_iterable(found)), _OUTPUT)
    (width,) = widths
    rows = chain.from_iterable(outputs or () for outputs in each)
    size = total * width
    values: Any = pa.array(np.fromiter(chain.from_iterable(rows), np.float64, size))
    starts: Any = pa.array(np.arange(0, size + 1, width, dtype=np.int32))
    return pa.ListArray.from_arrays(starts, values)


def _features(shape: Shape, entries: list[Entry]) -> list[Any]:
    width = len(shape.names)
    parts = [
        entry.asked.rows.block
        if entry.features and entry.asked.rows is not None and entry.asked.rows.block is not None
        else _ABSENT * (width * entry.asked.count)
        for entry in entries
    ]
    values = np.frombuffer(b"".join(parts), np.float64).reshape(-1, width)
    columns = np.ascontiguousarray(values.T)
    if np.isnan(columns).any():  # a missing value: from_pandas makes null of it
        return [pa.array(column, from_pandas=True) for column in columns]
    rows = len(values)
    whole: Any = pa.Array.from_buffers(_FLOAT, rows * width, [None, pa.py_buffer(columns.data)])
    return [whole.slice(at * rows, rows) for at in range(width)]


def _arrow_type(column: Column) -> Any:
    return _TEXT if column.type is ColumnType.CATEGORY else pa.float64()
