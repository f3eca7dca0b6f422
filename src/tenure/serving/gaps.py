"""Gaps: answers that did not get into the log, counted by model and told in the log itself."""

import threading
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tenure.core.deployments import ANSWERED
from tenure.core.outcomes import DROPPED, GAP_COLUMNS, SHADOW_DROPPED
from tenure.ports.frames import Frame
from tenure.serving.entries import Entry

_INSTANT = pa.timestamp("us", tz="UTC")
_TYPES: tuple[Any, ...] = (pa.string(), pa.int64(), _INSTANT, _INSTANT)
_SCHEMA: Any = pa.schema(dict(zip(GAP_COLUMNS, _TYPES, strict=True)))
Key = tuple[str, str, str]
"""Tenant, model and reason."""


@dataclass(slots=True)
class Gap:
    """So many rows in a span of business time, microseconds since 1970."""

    rows: int
    since_us: int
    until_us: int


class Gaps:
    """Counted on the event loop and in the writer's thread; taken by the writer."""

    def __init__(self) -> None:
        self._open: dict[Key, Gap] = {}
        self._lock = threading.Lock()

    def add(self, entry: Entry, reason: str = DROPPED) -> None:
        """Count an answer that will not be in the log."""
        release, asked = entry.shape.release, entry.asked
        if entry.lane not in ANSWERED:
            reason = SHADOW_DROPPED
        times = asked.rows.times if asked.rows is not None and asked.rows.times else None
        since, until = (min(times), max(times)) if times else (asked.received_us,) * 2
        self._merge((release.tenant_id, release.model_id, reason), Gap(asked.count, since, until))

    def take(self) -> list[tuple[Key, Gap]]:
        """Return what was counted since; whoever cannot write it gives it back."""
        if not self._open:
            return []
        with self._lock:
            taken, self._open = self._open, {}
        return list(taken.items())

    def give_back(self, key: Key, gap: Gap) -> None:
        """Count again what could not be written."""
        self._merge(key, gap)

    def _merge(self, key: Key, more: Gap) -> None:
        with self._lock:
            gap = self._open.get(key)
            if gap is None:
                self._open[key] = more
                return
            gap.rows += more.rows
            gap.since_us = min(gap.since_us, more.since_us)
            gap.until_us = max(gap.until_us, more.until_us)


def frame(key: Key, gap: Gap) -> Frame:
    """Return the gap as a frame of the log."""
    tenant_id, model_id, reason = key
    row = dict(zip(GAP_COLUMNS, (reason, gap.rows, gap.since_us, gap.until_us), strict=True))
    return Frame(tenant_id, model_id, pa.Table.from_pylist([row], _SCHEMA))
