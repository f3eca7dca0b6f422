"""The prediction log as its reader sees it: segments of whole frames."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Frame:
    """One appended record batch of one model. `table` is a `pyarrow.Table` (see outcomes.py)."""

    tenant_id: str
    model_id: str
    table: Any


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a segment: whole frames up to `offset`; a torn tail is left for later."""

    segment: str
    frames: tuple[Frame, ...]
    offset: int
    gap: int  # bytes of a damaged frame that were skipped; 0 as a rule


class LogReader(Protocol):
    """Reads what serving processes (and the API, for predictions made elsewhere) appended."""

    def segments(self) -> list[str]:
        """Return the names of the segments, oldest first."""
        ...

    def read(self, segment: str, offset: int, limit_bytes: int) -> Reading:
        """Return whole frames from `offset`, at most about `limit_bytes`.

        Raises `log.segment_not_found` for a segment that was removed.
        """
        ...

    def is_spent(self, segment: str, offset: int, before: datetime) -> bool:
        """Return whether it ends at `offset`, its writer is gone, and nothing came since `before`."""
        ...

    def remove(self, segment: str) -> None:
        """Delete a segment; nothing happens when there is none."""
        ...


class LogWriter(Protocol):
    """Appends frames to a segment of its own. Crash-safe: a torn frame is never read."""

    def append(self, frame: Frame) -> None:
        """Append one frame; it survives the death of the process when this returns."""
        ...

    def close(self) -> None:
        """End the segment."""
        ...
