"""Incidents: the findings of one model that are open together, and what people are told of them.

An incident begins with a finding, takes in what opens before it is over, and is over when all of its
findings have been closed for `QUIET`: a model that wavers around a limit is one incident, not many.
The state is in the findings, so there is nothing that could disagree with them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tenure.core import digests
from tenure.core.findings import Finding

QUIET = timedelta(days=3)
"""For how long nothing of an incident may be open before it is over: three daily windows."""


class What(StrEnum):
    """What became of an incident."""

    OPENED = "opened"
    WORSENED = "worsened"  # one more finding, or one whose mute has ended
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Gathered:
    """A model's findings after a look: those that `changed`, what is `news`, when to look again.

    `news` is None when nobody is to be told of anything, `tells` are the findings that it is about.
    `over` says that the incident has ended, whether or not anybody was ever told of it; whoever was
    told of its beginning is told of its end, mute or not.
    """

    incident: str
    changed: tuple[Finding, ...] = ()
    news: What | None = None
    tells: tuple[Finding, ...] = ()
    over: bool = False
    look_again: datetime | None = None


def gather(findings: Sequence[Finding], now: datetime, quiet: timedelta = QUIET) -> Gathered | None:
    """Return what a look at a model's findings changes; None when nothing was ever found.

    Looking twice at one instant changes nothing the second time.
    """
    current = [one for one in findings if one.settled_at is None]
    if not current:
        return None
    incident = _named(current)
    mine = [one if one.incident else replace(one, incident=incident) for one in current]
    still_open = [one for one in mine if one.closed_at is None]
    if still_open:
        return _told(incident, current, mine, still_open, now)
    over_at = max(one.closed_at for one in mine if one.closed_at is not None) + quiet
    if now < over_at:
        return Gathered(incident, _changes(current, mine), look_again=over_at)
    ended = [replace(one, settled_at=now) for one in mine]
    knows = any(one.told_at is not None for one in mine)
    news = What.CLOSED if knows else None
    return Gathered(incident, _changes(current, ended), news, tuple(ended), over=True)


def _named(current: Iterable[Finding]) -> str:
    """Return the id of the incident that goes on, else of the one that the oldest finding begins."""
    ordered = sorted(current, key=lambda one: (one.opened_at, one.id))
    known = [one.incident for one in ordered if one.incident]
    return known[0] if known else digests.short("in", ordered[0].model_id, ordered[0].id)


def _told(
    incident: str,
    current: Sequence[Finding],
    mine: Sequence[Finding],
    still_open: Sequence[Finding],
    now: datetime,
) -> Gathered:
    untold = {one.id for one in still_open if _is_untold(one, now)}
    after = [replace(one, told_at=now) if one.id in untold else one for one in mine]
    ends = [one.mute.until for one in still_open if one.mute is not None and one.is_muted(now)]
    knows = any(one.told_at is not None for one in mine)
    news = (What.WORSENED if knows else What.OPENED) if untold else None
    return Gathered(
        incident,
        _changes(current, after),
        news,
        tuple(one for one in after if one.id in untold),
        look_again=min(ends, default=None),
    )


def _is_untold(finding: Finding, now: datetime) -> bool:
    """Return whether people are to be told: of what they do not know, and when a mute has ended."""
    if finding.is_muted(now):
        return False
    told, mute = finding.told_at, finding.mute
    return told is None or (mute is not None and told < mute.until)


def _changes(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(new for old, new in zip(before, after, strict=True) if new != old)
