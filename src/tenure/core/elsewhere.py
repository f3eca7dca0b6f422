"""A model served elsewhere: its whole judged history, folded anew each time more of it is known.

Its days may come in any order, and long after they were; so nothing is remembered between looks, and what
was found is found again under the same name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from tenure.core import accuracy
from tenure.core.calendar import DAY
from tenure.core.outcomes import Window
from tenure.core.spec.values import MonitorPart


@dataclass(frozen=True, slots=True)
class Episode:
    """From when to when a version was worse than in its first days; `closed_at` None: still."""

    version: int
    opened_at: datetime  # the end of the day that showed it
    opened: accuracy.Opened
    closed_at: datetime | None = None
    why: str = ""


def episodes(windows: Sequence[Window], metric: str, monitor: MonitorPart) -> Iterator[Episode]:
    """Give what the accuracy monitor says of a lane's windows, which come in order of their days.

    A version is judged from the day after its first judged ones (`accuracy.first_days`); a version
    that takes over ends whatever was found of the one before.
    """
    runs = [(version, list(run)) for version, run in groupby(windows, lambda one: one.version)]
    for place, (version, run) in enumerate(runs):
        for found in _of_version(version, run, metric, monitor):
            if found.closed_at is None and place + 1 < len(runs):
                successor, later = runs[place + 1]
                why = f"version {successor} took over from version {version}"
                yield replace(found, closed_at=later[0].day + DAY, why=why)
            else:
                yield found


def _of_version(
    version: int, run: Sequence[Window], metric: str, monitor: MonitorPart
) -> Iterator[Episode]:
    stick = accuracy.first_days(run, metric, monitor)
    if stick is None:
        return
    judged = [window for window in run if window.labelled][accuracy.FIRST_DAYS :]
    detector = accuracy.begin_with(run[0], stick)
    current: Episode | None = None
    for window in judged:
        detector, signal = accuracy.watch(
            detector, window, stick, finding_is_open=current is not None
        )
        if isinstance(signal, accuracy.Opened):
            current = Episode(version, window.day + DAY, signal)
        elif isinstance(signal, accuracy.Closed) and current is not None:
            yield replace(current, closed_at=window.day + DAY, why=signal.why)
            current = None
    if current is not None:
        yield current
