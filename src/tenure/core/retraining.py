"""When a race may be run, and which rows it trains and judges on.

The brakes are promises to the operator: a cool-down between races and a budget of promotions.
The holdout is the newest span and no candidate trains on it; a row trains only when its label
was known before the holdout began, so that nothing of the judged span leaks into training.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from tenure.core.calendar import DAY
from tenure.core.seasons import in_season
from tenure.core.spec.durations import ALL, change_of, parse_season, parse_window
from tenure.core.spec.values import RetrainPart
from tenure.core.words import count, number, span

LEAST_TRAINING_ROWS = 200
LEAST_HOLDOUT_ROWS = 50
LEAST_HOLDOUT_DAYS = 3
UNTIMED_HOLDOUT = 0.2
"""Share of the newest rows that is held out where rows carry no time."""
_STRETCHES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
"""Of the holdout, while it has too few rows: a row a day judges in eight weeks, if not in two."""

Instants = NDArray[np.datetime64]
"""UTC instants [rows], `datetime64[us]`; NaT where there is none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be done, and why not."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which rows one run trains on and is judged on, as `Run` keeps them.

    A row trains when it was made in [train_from, train_until), in the window's season if it has
    one, and its label was known before `train_until`; it is held out when it was made in [holdout_from, holdout_until).
    """

    window: str
    rows: int  # that train
    train_from: datetime | None
    train_until: datetime
    holdout_from: datetime
    holdout_until: datetime


@dataclass(frozen=True, slots=True)
class Split:
    """The runs of a race, or the reason why there is none."""

    runs: tuple[Bounds, ...]
    holdout_rows: int = 0
    holdout_days: int = 0
    reason: str = ""


def may_race(
    rules: RetrainPart, now: datetime, races: Iterable[datetime], promotions: Iterable[datetime]
) -> Verdict:
    """Return whether a lane's next race may begin; `races` and `promotions` are its past ones."""
    last = max(races, default=None)
    if last is not None and now - last < rules.cool_down:
        text = f"the last race was {span(now - last)} ago, cool_down is {span(rules.cool_down)}"
        return Verdict(allowed=False, reason=text)
    if rules.promotions is None:
        return Verdict(allowed=True)
    spent = sum(1 for at in promotions if now - at < rules.promotions_per)
    if spent >= rules.promotions:
        used = f"{count(spent, 'promotion')} in the last {span(rules.promotions_per)}"
        return Verdict(allowed=False, reason=f"{used}, the budget is {rules.promotions}")
    return Verdict(allowed=True)


def split(
    times: Instants,
    known: Instants,
    windows: Sequence[str],
    *,
    until: datetime,
    holdout: timedelta,
    champion_until: datetime | None = None,
    since: datetime | None = None,
) -> Split:
    """Return the bounds of each window's run for a race at `until`.

    Where a model is known to be worse `since` a day, rows from before it judge nobody, as soon as there
    are enough from after it to be divided between training and judging (`holdout_since`).

    The holdout begins no earlier than `champion_until`, up to which the champion has trained; it
    is stretched while it has too few rows, as far as there are enough to train on. A window that would train on the very
    rows of another, or on too few, does not run. Without any time the newest fifth of the rows,
    in their order, is held out and every window is "all". A holdout of zero judges nothing.
    """
    if bool(np.isnat(times).all()):
        return _untimed(len(times), until, judges=bool(holdout))
    found, before = Split(()), None
    divided = since and holdout_since(times, known, since, (until, holdout), champion_until)
    if divided:
        found = _timed(times, known, windows, (divided, until), judges=True)
        if found.runs:
            return found
    for stretch in _STRETCHES:
        begins = max(until - stretch * holdout, champion_until or until - stretch * holdout)
        if begins == before:  # there is no more that the champion has not seen
            break
        found, before = _timed(times, known, windows, (begins, until), judges=bool(holdout)), begins
        if not holdout or not _too_little_to_judge(found.holdout_rows, found.holdout_days):
            break
    return found


def holdout_since(
    times: Instants,
    known: Instants,
    since: datetime,
    judges: tuple[datetime, timedelta],
    champion_until: datetime | None = None,
) -> datetime | None:
    """Return the day on which a holdout begins that divides what is known since a change.

    `judges` are its end and its longest span. As many rows from after the change train as judge, as nearly
    as whole days allow; None while there are fewer than `LEAST_HOLDOUT_ROWS` for either, or too few days.
    """
    until, longest = judges
    end = _instant(until)
    fresh = (times >= _instant(since)) & (times < end) & (known < end)
    made, told = times[fresh], known[fresh]
    earliest = max(since + DAY, until - longest, champion_until or since)
    best, found = LEAST_HOLDOUT_ROWS - 1, None
    for age in range(1, (until - since).days + 1):
        begins = since + age * DAY
        held = made >= _instant(begins)
        trains = ~held & (told < _instant(begins))
        days = len(np.unique(made[held].astype("datetime64[D]")))
        less = min(int(held.sum()), int(trains.sum()))
        if begins >= earliest and days >= LEAST_HOLDOUT_DAYS and less > best:
            best, found = less, begins
    return found


def in_window(
    times: Instants, window: str, since: datetime | None, until: datetime
) -> NDArray[np.bool_]:
    """Return which rows [rows] a training window holds that ends at `until`: a span, or a season."""
    reach = parse_season(window)
    if reach is not None:
        return in_season(times, until, reach)
    return np.full(len(times), fill_value=True) if since is None else times >= _instant(since)


def window_from(window: str, until: datetime) -> datetime | None:
    """Return where a window begins that ends at `until`; None when it has no beginning."""
    if (change := change_of(window)) is not None:
        return change
    length = parse_window(window)
    return None if length is None else until - length


def may_replace(seen_loss: float, judged_loss: float, judged_sd: float) -> Verdict:
    """Return whether a refit may be released in place of the version that was judged.

    `seen_loss` is its mean loss on the rows that judged the other: it has trained on them, so it
    should lose less there than `judged_loss`. More than a day's spread above it means that
    something went wrong.
    """
    if seen_loss <= judged_loss + judged_sd:
        return Verdict(allowed=True)
    text = (
        f"on the rows that judged it, which it has seen, the refit loses {number(seen_loss)}, "
        f"and {number(judged_loss)} ± {number(judged_sd)} was lost without having seen them"
    )
    return Verdict(allowed=False, reason=text)


def _timed(
    times: Instants,
    known: Instants,
    windows: Sequence[str],
    holdout: tuple[datetime, datetime],
    *,
    judges: bool,
) -> Split:
    begins, until = holdout
    held = (times >= _instant(begins)) & (times < _instant(until)) & (known < _instant(until))
    rows = int(held.sum())
    days = len(np.unique(times[held].astype("datetime64[D]")))
    reason = _too_little_to_judge(rows, days) if judges else ""
    trains = (times < _instant(begins)) & (known < _instant(begins))
    runs: dict[bytes, Bounds] = {}
    most = 0
    for window in windows:
        since = window_from(window, begins)
        chosen = trains & in_window(times, window, since, begins)
        used = int(chosen.sum())
        most = max(most, used)
        if used >= LEAST_TRAINING_ROWS:  # of windows with the very same rows, the first runs
            rows_chosen = np.packbits(chosen).tobytes()
            runs.setdefault(rows_chosen, Bounds(window, used, since, begins, begins, until))
    reason = reason or ("" if runs else _too_little_to_train(most))
    return Split(() if reason else tuple(runs.values()), rows, days, reason)


def _untimed(rows: int, until: datetime, *, judges: bool) -> Split:
    held = rows - int(rows * (1 - UNTIMED_HOLDOUT)) if judges else 0
    reason = _too_little_to_judge(held, None) if judges else ""
    if not reason and rows - held < LEAST_TRAINING_ROWS:
        reason = _too_little_to_train(rows - held)
    run = Bounds(ALL, rows - held, None, until, until, until)
    return Split(() if reason else (run,), held, 0, reason)


def _too_little_to_judge(rows: int, days: int | None) -> str:
    if rows < LEAST_HOLDOUT_ROWS:
        have = count(rows, "labelled row")
        return f"the holdout has {have}, at least {LEAST_HOLDOUT_ROWS} are needed"
    if days is not None and days < LEAST_HOLDOUT_DAYS:
        have = count(days, "day")
        return f"the holdout's rows are from {have}, at least {LEAST_HOLDOUT_DAYS} are needed"
    return ""


def _too_little_to_train(rows: int) -> str:
    have = count(rows, "labelled row")
    return f"the largest training window has {have}, at least {LEAST_TRAINING_ROWS} are needed"


def _instant(at: datetime) -> np.datetime64:
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")
