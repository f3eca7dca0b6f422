"""How good answers were as time went on: mean loss by hour, day, week, month or year."""

import numpy as np

from tenure.core.evaluation.figures import Period
from tenure.core.evaluation.regression import mean_of
from tenure.core.stats.losses import Floats
from tenure.core.stats.ranking import Places

_MOST = 40
_MONDAY = 3  # days since 1970-01-01, a Thursday, counted back to a Monday
_DAY = 86_400


def days_of(instants: Floats) -> Places:
    """Return the UTC day number of each instant, seconds since 1970."""
    return np.floor(instants / _DAY).astype(np.int64)


def over_time(instants: Floats, each: Floats, confidence: float) -> tuple[Period, ...]:
    """Return the mean loss of each period, of the finest unit that makes at most 40 periods.

    `instants` [n] are seconds since 1970, `each` [n] row losses; periods without rows are left out.
    """
    if not len(instants):
        return ()
    for unit in ("h", "D", "W", "M", "Y"):
        place = _place(instants, unit)
        if int(place.max() - place.min()) < _MOST or unit == "Y":
            break
    order = np.argsort(place, kind="stable")
    found, starts = np.unique(place[order], return_index=True)
    parts = np.split(each[order], starts[1:])
    return tuple(
        Period(
            _begin(int(one), unit), _begin(int(one) + 1, unit), len(part), mean_of(part, confidence)
        )
        for one, part in zip(found, parts, strict=True)
    )


def _place(instants: Floats, unit: str) -> Places:
    if unit == "W":
        return (days_of(instants) + _MONDAY) // 7
    seconds = np.floor(instants).astype(np.int64).astype("datetime64[s]")
    return seconds.astype(f"datetime64[{unit}]").astype(np.int64)


def _begin(place: int, unit: str) -> str:
    """Return the first instant of a period, as ISO 8601."""
    if unit == "W":
        return str(np.datetime64(place * 7 - _MONDAY, "D"))
    begin = np.array(place).astype(f"datetime64[{unit}]")
    return str(begin.astype("datetime64[h]" if unit == "h" else "datetime64[D]"))
