"""How numbers, counts and spans read in the sentences that people are shown."""

import math
from collections.abc import Iterable
from datetime import timedelta

_LARGE, _HUGE, _TINY = 10, 1000, 0.00005


def number(value: float) -> str:
    """Return four decimals for small values, fewer for large ones: `0.0041`, `17.25`, `12,400`."""
    size = abs(value)
    if size and size < _TINY:
        return f"{value:.2g}"
    if not math.isfinite(value) or size >= _HUGE:
        return f"{value:,.0f}"
    return f"{value:.2f}" if size >= _LARGE else f"{value:.4f}"


def count(amount: int, noun: str) -> str:
    """Return `1 day`, `4,211 rows`."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"


def condition(where: Iterable[tuple[str, str]]) -> str:
    """Return columns with their values as one says them: `rain < 0.6 and borough = Queens`."""
    return " and ".join(
        f"{column} {value}" if value.startswith(("<", "≥")) else f"{column} = {value}"
        for column, value in where
    )


def span(length: timedelta) -> str:
    """Return the span in its largest fitting unit: `14 days`, `6 hours`, `90 seconds`."""
    seconds = length.total_seconds()
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return count(int(seconds // size), noun)
    for size, noun in ((86400, "days"), (3600, "hours")):
        if seconds >= size:
            return f"{seconds / size:.1f} {noun}"
    return f"{seconds:g} seconds"
