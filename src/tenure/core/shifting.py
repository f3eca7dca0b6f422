"""Shifting: how far windows of answers lie from a version's reference, field by field.

Sizes are in floors: 1 is the least change that matters. A shift is one when it is larger than quiet
history makes it (Student's t of the size among quiet windows; the analytic null where there are too
few), after Benjamini & Hochberg over the fields, and larger by a floor.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tenure.core.columns import Role
from tenure.core.drift import Rules, compared
from tenure.core.layouts import Field, Layout, Tally
from tenure.core.profiles import ColumnKind
from tenure.core.references import Quiet, Reference
from tenure.core.shifts import Shift, Verdict
from tenure.core.stats.discoveries import adjusted
from tenure.core.stats.histograms import Counts, Floats
from tenure.core.stats.student import student_tail

LEAST_QUIET = 6.0
"""With fewer quiet windows their spread is a guess: the analytic null is taken, and said so."""
_LEAST_SPREAD = 0.05  # of a floor: a column that never moved has no spread of its own


def sizes(
    layout: Layout, references: Sequence[Tally], windows: Sequence[Tally], rules: Rules
) -> Mapping[str, Floats]:
    """Return `size`, `distance`, `moved` and `missing`, each [windows, fields].

    There is a reference for each window, or one for all of them.
    """
    found = [
        _measured(layout, place, references, windows, rules) for place in range(len(layout.fields))
    ]
    names = ("size", "distance", "moved", "missing")
    return {name: np.stack([one[at] for one in found], axis=1) for at, name in enumerate(names)}


def _measured(
    layout: Layout, place: int, before: Sequence[Tally], after: Sequence[Tally], rules: Rules
) -> tuple[Floats, Floats, Floats, Floats]:
    one = layout.fields[place]
    part = slice(layout.starts[place], layout.starts[place + 1])
    c, d = (np.stack([t.counts[part] for t in side]) for side in (before, after))
    m, n = c.sum(axis=1, keepdims=True), d.sum(axis=1, keepdims=True)
    p, q = c / np.maximum(m, 1), d / np.maximum(n, 1)
    shares = []
    for side, values in ((before, m), (after, n)):
        gone = np.asarray([t.absent[place].sum() for t in side], dtype=np.float64)
        shares.append(gone / np.maximum(gone + values[:, 0], 1))
    missing = np.abs(shares[1] - shares[0])
    moved = np.zeros(len(after))
    if one.levels is not None:
        distance = np.abs(p - q).sum(axis=1) / 2.0
    else:
        distance = np.abs(np.cumsum(p - q, axis=1)).max(axis=1)
        if one.grid is not None and one.grid.spread > 0.0 and one.kind is not ColumnKind.TIME:
            moved = _wasserstein(one, place, part, (before, after)) / one.grid.spread
    there = (m[:, 0] > 0) & (n[:, 0] > 0) & (one.kind is not ColumnKind.TIME)
    distance, moved = np.where(there, distance, 0.0), np.where(there, moved, 0.0)
    size = np.maximum(np.maximum(distance, missing) / rules.floor, moved / rules.spread_floor)
    return size, distance, moved, missing


def _wasserstein(
    one: Field, place: int, part: slice, sides: tuple[Sequence[Tally], Sequence[Tally]]
) -> Floats:
    """Return `distances.wasserstein` of many windows at once."""
    if one.grid is None:
        raise ValueError(one.name)
    low = np.minimum(*np.broadcast_arrays(*([t.lows[place] for t in side] for side in sides)))
    high = np.maximum(*np.broadcast_arrays(*([t.highs[place] for t in side] for side in sides)))
    with np.errstate(invalid="ignore", over="ignore"):
        inner = np.clip(one.grid.edges[None, :], low[:, None], high[:, None])
        edges = np.concatenate([low[:, None], inner, high[:, None]], axis=1)
        width = np.diff(edges, axis=1)
        areas = [_areas(side, part, edges[:, 1:], width) for side in sides]
        found = np.abs(areas[0] - areas[1]).sum(axis=1)
    return np.where(np.isfinite(found), found, 0.0)


def _areas(side: Sequence[Tally], part: slice, right: Floats, width: Floats) -> Floats:
    counts = np.stack([t.counts[part] for t in side])
    sums = np.stack([t.sums[part] for t in side])
    rows = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    before = (np.cumsum(counts, axis=1) - counts) / rows
    area: Floats = before * width + (counts * right - sums) / rows
    return area


def quiet_of(
    layout: Layout, whole: Tally, days: Sequence[Tally], length: int, rules: Rules
) -> Mapping[str, Quiet]:
    """Return how far windows of `length` days lie from the rest of the history they are part of.

    Each window is left out of its own reference; windows overlap, and count as if they did not.
    """
    windows = [_sum(days[at : at + length]) for at in range(len(days) - length + 1)]
    if not windows:
        return {}
    rests = [whole - window for window in windows]
    found = sizes(layout, rests, windows, rules)["size"]
    enough = np.stack([_values(layout, window) for window in windows]) >= rules.least
    quiet = {}
    for place, one in enumerate(layout.fields):
        seen = found[enough[:, place], place]
        if len(seen) > 1:
            quiet[one.name] = Quiet(float(seen.mean()), float(seen.std(ddof=1)), len(seen) / length)
    return quiet


def _sum(tallies: Sequence[Tally]) -> Tally:
    total = tallies[0]
    for one in tallies[1:]:
        total = total + one
    return total


def _values(layout: Layout, tally: Tally) -> Counts:
    """Return how many values each field has."""
    cells = np.concatenate([[0], np.cumsum(tally.counts)])
    found: Counts = np.diff(cells[list(layout.starts)])
    return found


def judged(reference: Reference, window: Tally, rules: Rules) -> tuple[Shift, ...]:
    """Return what is found of every field, in the order of the layout."""
    layout = reference.layout
    found = sizes(layout, [reference.whole], [window], rules)
    values = [_values(layout, tally) for tally in (reference.whole, window)]
    largest = max((reference.importance or {}).values(), default=0.0)
    shifts = []
    for place, one in enumerate(layout.fields):
        quiet = reference.quiet.get(one.name)
        shifts.append(
            Shift(
                one.name,
                one.role,
                _judgeable(one, int(values[0][place]), int(values[1][place]), rules),
                usual=quiet.mean if quiet and quiet.windows >= LEAST_QUIET else None,
                weight=_weight(reference, one, largest),
                size=float(found["size"][0, place]),
                distance=float(found["distance"][0, place]),
                moved=float(found["moved"][0, place]),
                missing=float(found["missing"][0, place]),
            )
        )
    return _decided(reference, window, tuple(shifts), rules)


def _judgeable(one: Field, m: int, n: int, rules: Rules) -> Verdict:
    if one.kind is ColumnKind.TIME:
        return Verdict.NOT_JUDGED
    return Verdict.STEADY if min(m, n) >= rules.least else Verdict.NOT_ENOUGH


def _weight(reference: Reference, one: Field, largest: float) -> float | None:
    if one.role is not Role.FEATURE:
        return 1.0
    if reference.importance is None or largest <= 0.0:
        return None
    return reference.importance.get(one.name, 0.0) / largest


def _decided(
    reference: Reference, window: Tally, shifts: tuple[Shift, ...], rules: Rules
) -> tuple[Shift, ...]:
    """Return the shifts with their q-values, verdicts and words."""
    places = [at for at, one in enumerate(shifts) if one.verdict is Verdict.STEADY]
    evidence = {at: _evidence(reference, window, at, shifts[at], rules) for at in places}
    decided = list(shifts)
    for at, q in zip(places, adjusted([evidence[at].p for at in places]), strict=True):
        large = evidence[at].is_large and q <= rules.false_discoveries
        verdict = Verdict.DRIFTED if large else Verdict.STEADY
        decided[at] = replace(shifts[at], q=q, verdict=verdict, words=evidence[at].words)
    return tuple(decided)


@dataclass(frozen=True, slots=True)
class _Evidence:
    p: float
    is_large: bool
    words: str


def _evidence(
    reference: Reference, window: Tally, place: int, shift: Shift, rules: Rules
) -> _Evidence:
    """Return how sure a shift is. What is not larger than usual by a floor is not looked into."""
    quiet = reference.quiet.get(shift.name)
    p = 1.0
    if shift.usual is not None and quiet is not None:
        spread = max(quiet.sd, _LEAST_SPREAD) * math.sqrt(1.0 + 1.0 / quiet.windows)
        p = student_tail((shift.size - quiet.mean) / spread, int(quiet.windows) - 1)
    if shift.beyond < 1.0:
        return _Evidence(p, is_large=False, words="")
    one, layout = reference.layout.fields[place], reference.layout
    sides = (layout.profile(reference.whole, place), layout.profile(window, place))
    column = compared(one.name, "", one.kind, *sides, rules)
    large = [signal for signal in column.signals if signal.size >= 1.0]
    analytic = min((signal.p for signal in large), default=1.0) * len(column.signals)
    words = "; ".join(signal.words for signal in sorted(large, key=lambda signal: -signal.size))
    if shift.usual is None:
        return _Evidence(min(1.0, analytic), bool(large), words)
    return _Evidence(max(p, min(1.0, analytic)), bool(large), words)
