"""The two clocks of a tenant's business time.

`now` is announced; `collected` says up to where log and labels have been read. Work that is due
in business time runs only when `due_at <= collected`, so it never judges half a day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class ClockMode(StrEnum):
    """Who drives business time."""

    WALL = "wall"  # it is the time of day
    REPLAY = "replay"  # `tenure replay` moves it


@dataclass(frozen=True, slots=True)
class BusinessClock:
    """A tenant's business time. `barrier` numbers the last advance of a replay."""

    tenant_id: str
    mode: ClockMode
    now: datetime
    collected: datetime
    barrier: int = 0

    @property
    def horizon(self) -> datetime | None:
        """The latest date that a row may bear; None is `now`.

        A replay sends what happened in a step before it announces the step's end.
        """
        return END_OF_TIME if self.mode is ClockMode.REPLAY else None
