"""Arrow frames of the log, made of entries in the thread that writes.

The columns are `core/outcomes.py`'s. Few rows are made one by one; of many rows of numbers no value is
touched in Python.
"""

import math
import struct
from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenure.core.outcomes import LOOKUPS, TRACE_COLUMN
from tenure.ports.frames import Frame
from tenure.serving.entries import FLOAT, INSTANT, OUTPUT, TEXT, Entry, Shape
from tenure.serving.lookups.rows import LookedUpRows

FEW_ROWS = 16
_ABSENT = struct.pack("<d", math.nan)
_MAX_INT32 = 2**31 - 1


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
    return pa.array(list(chain.from_iterable(each)), TEXT)


def _traces(entries: list[Entry]) -> Any:
    ids = [None if (trace := entry.asked.trace) is None else trace.trace_id for entry in entries]
    counts = [entry.asked.count for entry in entries]
    which: Any = np.repeat(np.arange(len(ids)), counts)
    return pa.array(ids, TEXT).take(pa.array(which))


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
            return pa.repeat(pa.scalar(texts[0], TEXT), self._total)
        array = pa.array(texts, TEXT)
        return array if self._which is None else array.take(self._which)


def _instants(microseconds: NDArray[np.int64]) -> Any:
    """Return instants without a copy; a cast costs ten times as much."""
    return pa.Array.from_buffers(
        INSTANT, len(microseconds), [None, pa.py_buffer(microseconds.data)]
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
        return pa.nulls(total, TEXT)
    each = (
        entry.asked.rows.keys
        if entry.asked.rows is not None and entry.asked.rows.keys
        else repeat(None, count)
        for entry, count in zip(entries, counts, strict=True)
    )
    return pa.array(list(chain.from_iterable(each)), TEXT)


def _outputs(entries: list[Entry], counts: list[int], total: int) -> Any:
    each = [entry.outputs for entry in entries]
    widths = {len(rows[0]) for rows in each if rows}
    if not all(each) or len(widths) != 1:
        found = (rows or repeat(None, n) for rows, n in zip(each, counts, strict=True))
        return pa.array(list(chain.from_iterable(found)), OUTPUT)
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
    whole: Any = pa.Array.from_buffers(FLOAT, rows * width, [None, pa.py_buffer(columns.data)])
    return [whole.slice(at * rows, rows) for at in range(width)]
