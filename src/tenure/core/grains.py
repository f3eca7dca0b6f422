"""Grains: windows of an hour become days, days become months of thirty days, by adding up.

A window is moved into the coarser one and is no more; so windows of one segment never overlap, and
whatever comes late goes into the hour it belongs to, and from there the same way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tenure.core.calendar import DAY

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEEP_DAYS = timedelta(days=90)
"""For how long days are kept apart, before they are a part of thirty."""
ALL = ""
"""The segment of all rows."""


class Grain(StrEnum):
    """How long a window is. Windows begin at multiples of it since 1970, UTC."""

    HOUR = "1h"
    DAY = "1d"
    MONTH = "30d"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return {Grain.HOUR: HOUR, Grain.DAY: DAY, Grain.MONTH: 30 * DAY}[self]

    def begin(self, at: datetime) -> datetime:
        """Return the beginning of the window that holds `at`."""
        return at - (at - EPOCH) % self.length


@dataclass(frozen=True, slots=True)
class ProfileWindow:
    """What was counted of one version's answers in one segment and window of business time.

    `data` is a packed `layouts.Tally` on the version's layout.
    """

    id: str  # version/grain/beginning/segment, see `window_id`
    tenant_id: str
    model_id: str
    version: int
    segment: str  # "" for all rows, else `column=value`
    grain: Grain
    since: datetime
    rows: int
    data: bytes

    @property
    def until(self) -> datetime:
        """Where it ends."""
        return self.since + self.grain.length


def window_id(model_id: str, version: int, grain: Grain, since: datetime, segment: str) -> str:
    """Return the id of a window."""
    return f"{model_id}/{version}/{grain}/{since:%Y-%m-%dT%H}/{segment}"


def due(windows: Iterable[ProfileWindow], now: datetime) -> dict[str, list[ProfileWindow]]:
    """Return which windows are folded at `now`, by the id of the coarser window they go into.

    Hours go into their day when it is over, days into their thirty when they are `KEEP_DAYS` old.
    """
    found: dict[str, list[ProfileWindow]] = {}
    for one in windows:
        to = _coarser(one, now)
        if to is not None:
            since = to.begin(one.since)
            target = window_id(one.model_id, one.version, to, since, one.segment)
            found.setdefault(target, []).append(one)
    return found


def _coarser(one: ProfileWindow, now: datetime) -> Grain | None:
    if one.grain is Grain.HOUR and Grain.DAY.begin(one.since) + DAY <= now:
        return Grain.DAY
    if one.grain is Grain.DAY and Grain.MONTH.begin(one.since) + 30 * DAY + KEEP_DAYS <= now:
        return Grain.MONTH
    return None
