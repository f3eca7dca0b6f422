"""Diagnosis: why a model got worse, as far as its rows and what happened meanwhile can say.

Made once, when an accuracy finding has opened, and kept with it. It names and ranks; it proves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenure.core.calendar import DAY
from tenure.core.deployments import CHAMPION, Deployment
from tenure.core.outcomes import Window
from tenure.core.shifts import Shift
from tenure.core.words import condition, count, number

LONGEST = 60
"""Days of what got worse that are looked at, and of how it was before."""
LOOK_AGAIN = 7 * DAY
"""When it is looked again for a finding that is still open and comes from no part that could be named."""
MARGIN = 7 * DAY
"""What happened so long before it got worse may be why."""
_NAMED = 3
_WEEK = 7.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the rows, confirmed. Figures are those of the confirming half.

    `share` is its part of the excess, `of_rows` and `of_rows_before` of the rows; `before` and `now`
    are its mean losses, `before` None where it had no rows then.
    """

    where: tuple[tuple[str, str], ...]
    share: float
    of_rows: float
    of_rows_before: float
    rows: int
    before: float | None
    now: float
    p: float

    @property
    def words(self) -> str:
        """What its rows have in common: `origin = LGA and hour ≥ 17`."""
        return condition(self.where)


@dataclass(frozen=True, slots=True)
class Happened:
    """Something on the same time line. `kind` is a noun: deployment, contract, data, finding."""

    at: datetime
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of why. `since` is the first day on which it was worse, `until` the end of the last.

    Mean losses are of the rows compared. `parts` are responsible, the largest share first; `drifted`
    the columns that had drifted, the most telling first, None when drift was not judged; `why_not`
    says why parts were not looked for.
    """

    since: datetime
    until: datetime
    rows: int
    rows_before: int
    now: float
    before: float
    tested: int = 0
    parts: tuple[Part, ...] = ()
    drifted: tuple[Shift, ...] | None = None
    happened: tuple[Happened, ...] = ()
    why_not: str = ""

    @property
    def most_of_it(self) -> str:
        """Which parts of the rows it comes from, in words."""
        if self.why_not:
            return f"not known: {self.why_not}"
        if not self.parts:
            return f"no part of the rows stands out ({count(self.tested, 'part')} looked at): it got worse all over"
        return ", ".join(
            f"{one.words} ({one.share:.0%} of the excess, {one.of_rows:.0%} of the rows)"
            for one in self.parts
        )

    @property
    def what_changed(self) -> str:
        """What drifted and what happened, in words; what did not is said as well."""
        told = [_drift(self.drifted)]
        for kind, nothing in (
            ("deployment", "no deployment"),
            ("contract", "no contract violation"),
        ):
            found = [one.words for one in self.happened if one.kind == kind]
            told.append("; ".join(found[-_NAMED:]) if found else nothing)
        return "; ".join(told)

    @property
    def compared(self) -> str:
        """What was compared with what, in words."""
        return (
            f"{count(self.rows, 'labelled row')} since {self.since:%Y-%m-%d} (mean loss {number(self.now)}) "
            f"with {count(self.rows_before, 'row')} before ({number(self.before)})"
        )


def _drift(drifted: Sequence[Shift] | None) -> str:
    if drifted is None:
        return "drift was not judged"
    named = [one.name for one in drifted if one.counts]
    if not named:
        return "nothing that the model uses drifted beyond what is usual"
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f"{', '.join(named[:_NAMED])}{more} drifted (calibrated on quiet history)"


def since_when(windows: Sequence[Window], expected: float, limit: float) -> int | None:
    """Return the place of the day from which it is worse, up to the newest; None when it is not.

    `windows` are judged days in order, `expected` the mean loss that was expected, which counts like
    a week of its own before them. It is the day that divides them into two means with the least
    squares left (the likeliest time of one change), the later mean above `limit`.
    """
    sums = [(one.loss_sum, float(one.labelled)) for one in windows]
    total, rows = (sum(column) for column in zip(*sums, strict=True)) if sums else (0.0, 0.0)
    before = _WEEK * rows / max(len(sums), 1)
    calm, best, found = expected * before, 0.0, None
    for place, (loss, labelled) in enumerate(sums):
        if rows <= 0.0:
            break
        apart = total / rows - calm / before
        left = apart * apart * rows * before / (rows + before)
        if total / rows > limit and apart > 0.0 and left > best:
            best, found = left, place
        total, rows, calm, before = total - loss, rows - labelled, calm + loss, before + labelled
    return found


def deployed(deployments: Iterable[Deployment], since: datetime, until: datetime) -> list[Happened]:
    """Return what the champion's lane was given or lost in a span."""
    found = []
    for one in deployments:
        if one.lane != CHAMPION:
            continue
        for at, words in (
            (one.live_at, f"version {one.version} went live"),
            (one.canary_at, f"version {one.version} began to answer a share"),
        ):
            if at is not None and since <= at < until:
                found.append(Happened(at, "deployment", f"{words} {at:%Y-%m-%d %H:%M}"))
    return found


def violations(day: datetime, failed: Mapping[str, int], answers: int) -> Happened:
    """Return what was sent on a day and refused, by code: it is not what the model takes."""
    named = sorted(failed.items(), key=lambda one: (-one[1], one[0]))[:_NAMED]
    words = ", ".join(f"{many:,} {code}" for code, many in named)
    return Happened(day, "contract", f"{words} of {count(answers, 'answer')} on {day:%Y-%m-%d}")
