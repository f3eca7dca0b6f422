"""Which chunks of logged predictions become one.

The collector writes a chunk per model, day and pass, which may be a handful of rows. Merging only
what is small keeps the work a constant factor of the rows that were logged.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tenure.core.calendar import day_of
from tenure.core.outcomes import Chunk

MANY = 64
"""As soon as a day has so many chunks, or a multiple of it, they are looked at."""
MOST_ROWS = 1 << 16
"""Rows of a merged chunk; one that has half of them already is left alone."""
WEEK = timedelta(days=7)
_MONDAY = datetime.fromisoformat("1970-01-05T00:00:00+00:00")


def week_of(day: datetime) -> datetime:
    """Return the Monday, 0:00 UTC, of the week that holds `day`."""
    return day_of(day) - (day_of(day) - _MONDAY) % WEEK


def groups(chunks: Iterable[Chunk]) -> tuple[tuple[Chunk, ...], ...]:
    """Return which chunks to merge: of one day each, at least two, at most `MOST_ROWS` together."""
    small = [chunk for chunk in chunks if chunk.rows < MOST_ROWS // 2]
    found: list[list[Chunk]] = []
    rows = 0
    for chunk in sorted(small, key=lambda one: (one.day, one.rows, one.id)):
        fits = found and found[-1][0].day == chunk.day and rows + chunk.rows <= MOST_ROWS
        if not fits:
            found.append([])
            rows = 0
        found[-1].append(chunk)
        rows += chunk.rows
    return tuple(tuple(group) for group in found if len(group) > 1)
