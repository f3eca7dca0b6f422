"""Persistence: drift is a finding when it lasts, and over when it has been away as long.

Opens where the same columns have drifted on the newest days that could be judged, each of them;
closes when on as many days nothing that counts lies half a floor beyond what is usual.
"""

from collections.abc import Sequence

from tenure.core.shifts import DriftDay, Shift, Verdict, weighty
from tenure.core.words import count

HALF = 0.5
_SURE = 0.1
"""Above this q-value half a floor is not told from chance."""


def judged_of(days: Sequence[DriftDay], version: int, many: int) -> list[DriftDay]:
    """Return the newest `many` days of a version that could be judged, in order."""
    return [day for day in days if day.version == version and day.is_judged][-many:]


def lasting(days: Sequence[DriftDay], many: int) -> list[Shift]:
    """Return what has drifted on each of the newest `many` days, as it is now, ranked."""
    if len(days) < many:
        return []
    same = set.intersection(*({one.name for one in day.shifts if one.counts} for day in days))
    return [one for one in days[-1].ranked() if one.name in same]


def is_over(days: Sequence[DriftDay], many: int) -> bool:
    """Return whether nothing that counts has been beyond half a floor on `many` days."""
    return len(days) >= many and not any(_lingers(one) for day in days for one in day.shifts)


def _lingers(one: Shift) -> bool:
    judged = one.verdict in {Verdict.DRIFTED, Verdict.STEADY}
    return judged and weighty(one) and one.beyond >= HALF and one.q <= _SURE


def in_words(day: DriftDay, found: Sequence[Shift], many: int, false_discoveries: float) -> str:
    """Return what a finding says: how much drifted, over which windows, and how sure that is."""
    window = count(day.days, "day")
    named = "; ".join(shift_in_words(one) for one in found)
    return (
        f"{count(len(found), 'column')} of {len(day.shifts)} drifted on {count(many, 'day')} in a row: "
        f"{named} ({count(day.rows, 'row')} of the last {window}; calibrated on quiet history; "
        f"at most {100.0 * false_discoveries:g} % of the columns named are so by chance)"
    )


def shift_in_words(one: Shift) -> str:
    """Return one column: what moved, how far beyond the usual, how much the model looks at it."""
    usual = "" if one.usual is None else f", usually {one.usual:.1f}"
    weight = "" if one.weight is None else f"; weight {one.weight:.2g}"
    words = f"{one.words}; " if one.words else ""
    return f"{one.name} [{words}{one.size:.1f} floors{usual}{weight}]"
