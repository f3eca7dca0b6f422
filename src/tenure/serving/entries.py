"""What the log says of answers: entries gathered on the event loop, Arrow frames made of them.

The columns are `core/outcomes.py`'s. Frames are made in the writer's thread, a column at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import pyarrow as pa

from tenure.core.datasets import ColumnType
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.ports.frames import Frame
from tenure.ports.releases import Arm, Release
from tenure.serving.outputs import Numbers

OK = "ok"
MAX_FRAME_ROWS = 65_536
_MAX_INT32 = 2**31 - 1
_INSTANT = pa.timestamp("us", tz="UTC")
_OUTPUT = pa.list_(pa.float64())


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


@dataclass(slots=True)
class Entry:
    """One arm's answer to a request. `features` says that this entry carries the inputs."""

    release: Release
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
        release = id(entry.release)
        group = groups.setdefault(release, [])
        total = rows.get(release, MAX_FRAME_ROWS) + entry.asked.rows
        if total > MAX_FRAME_ROWS:
            group.append([])
            total = entry.asked.rows
        group[-1].append(entry)
        rows[release] = total
    return [page for group in groups.values() for page in group]


def prepare() -> None:
    """Make Arrow import what it imports at its first use: pandas, when that is installed."""
    pa.array([0.0, None], pa.float64()).take(pa.array([0], pa.int64()))


def frame(entries: list[Entry]) -> Frame:
    """Return one page as a frame."""
    release = entries[0].release
    asked = [entry.asked for entry in entries]
    counts = [a.rows for a in asked]
    received = [a.received_us for a in asked]
    nothing = [None] * len(entries)
    latency = [min(entry.latency_us, _MAX_INT32) for entry in entries]
    columns: dict[str, tuple[Iterable[Any], Any]] = {
        "request_id": (_spread([a.request_id for a in asked], counts), pa.string()),
        "row": (chain.from_iterable(map(range, counts)), pa.int32()),
        "lane": (_spread([e.lane for e in entries], counts), pa.string()),
        "version": (_spread([e.arm.version for e in entries], counts), pa.int32()),
        "deployment_id": (_spread([e.arm.deployment_id for e in entries], counts), pa.string()),
        "status": (_spread([e.status for e in entries], counts), pa.string()),
        "time": (_joined([a.times for a in asked], received, counts), _INSTANT),
        "received": (_spread(received, counts), _INSTANT),
        "latency_us": (_spread(latency, counts), pa.int32()),
        "key": (_joined([a.keys for a in asked], nothing, counts), pa.string()),
        "output": (_joined([e.outputs for e in entries], nothing, counts), _OUTPUT),
    }
    arrays = {name: pa.array(values, kind) for name, (values, kind) in columns.items()}
    arrays.update(_features(release, entries, counts))
    return Frame(release.tenant_id, release.model_id, pa.table(arrays))


def _features(release: Release, entries: list[Entry], counts: list[int]) -> dict[str, Any]:
    """Return the inputs as columns; rows of entries that do not carry them are null."""
    inputs: list[dict[str, list[Any]]] = []
    places: list[int | None] = []
    rows = 0
    for entry, count in zip(entries, counts, strict=True):
        if entry.features and entry.asked.columns is not None:
            inputs.append(entry.asked.columns)
            places.extend(range(rows, rows + count))
            rows += count
        else:
            places.extend(repeat(None, count))
    spread = pa.array(places, pa.int64())
    arrays = {}
    for column in release.signature.features:
        kind = pa.string() if column.type is ColumnType.CATEGORY else pa.float64()
        values = chain.from_iterable([given[column.name] for given in inputs])
        arrays[FEATURE_PREFIX + column.name] = pa.array(values, kind).take(spread)
    return arrays


def _spread(values: list[Any], counts: list[int]) -> Iterable[Any]:
    """Repeat each entry's value for each of its rows."""
    return chain.from_iterable(map(repeat, values, counts))


def _joined(
    columns: Sequence[Sequence[Any] | None], fillers: list[Any], counts: list[int]
) -> Iterable[Any]:
    """Put the entries' values behind each other; an entry without any repeats its filler."""
    return chain.from_iterable(
        repeat(filler, count) if values is None else values
        for values, filler, count in zip(columns, fillers, counts, strict=True)
    )
