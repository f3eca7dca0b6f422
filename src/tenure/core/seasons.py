"""The rows of a season: "season:45d" are those made within 45 days of the same date, in any year.

What repeats every year is learnt from where it happened last, not from what came between.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

YEAR = timedelta(days=365.2425)
"""The mean Gregorian year: a date is at most a day away from where it was counted to be."""


def in_season(
    times: NDArray[np.datetime64], until: datetime, reach: timedelta
) -> NDArray[np.bool_]:
    """Return which instants [rows] lie within `reach` of `until`'s date, in any year; NaT never does."""
    end = np.datetime64(until.astimezone(UTC).replace(tzinfo=None), "us")
    year = np.timedelta64(YEAR)
    phase = (end - times) % year
    distance = np.minimum(phase, year - phase)
    near: NDArray[np.bool_] = distance <= np.timedelta64(reach)
    return near & ~np.isnat(times)
