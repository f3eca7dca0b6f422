"""What the log says of answers that are not in it: counted where a person and a monitor see it."""

from collections.abc import Iterable

from tenure.core.outcomes import GAP_COLUMNS
from tenure.ports.frames import Frame
from tenure.ports.work import UnitOfWork
from tenure.services.put_aside import put_aside


def is_gap(frame: Frame) -> bool:
    """Return whether the frame tells of a gap."""
    return GAP_COLUMNS[0] in frame.table.column_names


def record(work: UnitOfWork, frames: Iterable[Frame]) -> None:
    """Count the rows by reason and business day, in the unit of work of the log's position."""
    for frame in frames:
        for gap in frame.table.to_pylist():
            reason, rows, since, until = (gap[name] for name in GAP_COLUMNS)
            span = f"{since:%Y-%m-%d %H:%M:%S} to {until:%Y-%m-%d %H:%M:%S} UTC"
            put_aside(work, frame.tenant_id, frame.model_id, {reason: (rows, span)}, until)
