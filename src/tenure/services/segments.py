"""Segments of the log that have been read to their end: deleted some time after their process is gone.

The file goes first and its position afterwards: a position without a file does no harm, a file
without a position would be read again.
"""

from datetime import timedelta

from tenure.core.errors import TenureError
from tenure.services.failpoints import failpoint
from tenure.services.house import House

SPENT_AFTER = timedelta(hours=1)
REMOVED = "log.segment_not_found"
"""Another worker was quicker to see that the segment is spent."""


def remove_spent(house: House) -> None:
    """Delete what was collected; what has no committed position is not even looked at."""
    with house.store.read() as work:
        positions = work.positions.all()
    for segment, offset in positions.items():
        if not _is_spent(house, segment, offset):
            continue
        house.logs.remove(segment)
        failpoint("segments.after_removal")
        with house.store.work() as work:
            work.positions.remove(segment)


def _is_spent(house: House, segment: str, offset: int) -> bool:
    try:
        return house.logs.is_spent(segment, offset, house.clock.now() - SPENT_AFTER)
    except TenureError as error:
        if error.code != REMOVED:
            raise
        return False
