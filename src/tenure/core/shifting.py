"""Shifting: how far windows of answers lie from a version's reference, field by field.

Sizes are in floors: 1 is the least change that matters. A shift is one when it is larger than quiet
history makes it (Student's t of the size among quiet windows; the analytic null where there are too
few), after Benjamini & Hochberg over the fields, and larger by a floor.
"""

import math
from collections.abc import Collection, Mapping, Sequence
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
_BLOCK = 16
"""Windows that are held against their references at once: more do not fit in the processor's cache."""
_LEAST_SPREAD = 0.05  # of a floor: a column that never moved has no spread of its own


def sizes(
    layout: Layout,
    references: Sequence[Tally],
    windows: Sequence[Tally],
    rules: Rules,
    places: Collection[int] | None = None,
) -> Mapping[str, Floats]:
    """Return `size`, `distance`, `moved` and `missing`, each [windows, fields].

    There is a reference for each window, or one for all of them. With `places` only these fields
    are looked at.
    """
    every = range(len(layout.fields)) if places is None else places
    asked = [(at, layout.fields[at]) for at in every]
    sides = (_Side(layout, references), _Side(layout, windows))
    values, missing = (side.values for side in sides), np.abs(np.subtract(*_shares(sides)))
    distance, moved = np.zeros_like(missing), np.zeros_like(missing)
    numbers = [at for at, one in asked if one.levels is None]
    if numbers:
        distance[:, numbers], moved[:, numbers] = _numbers(layout, numbers, sides)
    for at, one in asked:
        if one.levels is not None:
            p, q = (side.part(layout, at) for side in sides)
            distance[:, at] = np.abs(p - q).sum(axis=1) / 2.0
    judgeable = [one.kind is not ColumnKind.TIME for one in layout.fields]
    there = np.logical_and(*(one > 0 for one in values)) & judgeable
    distance, moved = np.where(there, distance, 0.0), np.where(there, moved, 0.0)
    size = np.maximum(np.maximum(distance, missing) / rules.floor, moved / rules.spread_floor)
    return {"size": size, "distance": distance, "moved": moved, "missing": missing}


class _Side:
    """Tallies of one layout, one behind the other."""

    def __init__(self, layout: Layout, tallies: Sequence[Tally]) -> None:
        self.counts = np.stack([one.counts for one in tallies])
        self.sums = np.stack([one.sums for one in tallies])
        self.lows = np.stack([one.lows for one in tallies])
        self.highs = np.stack([one.highs for one in tallies])
        self.absent = np.stack([one.absent.sum(axis=1) for one in tallies])
        self.values = _values(layout, self.counts)

    def part(self, layout: Layout, place: int) -> Floats:
        """Return the shares of one field's cells, [tallies, cells]."""
        counts = self.counts[:, layout.starts[place] : layout.starts[place + 1]]
        shares: Floats = counts / np.maximum(self.values[:, place, None], 1)
        return shares


def _shares(sides: tuple[_Side, _Side]) -> list[Floats]:
    """Return the share of rows without a value, per side [tallies, fields]."""
    return [one.absent / np.maximum(one.absent + one.values, 1) for one in sides]


def _numbers(
    layout: Layout, places: Sequence[int], sides: tuple[_Side, _Side]
) -> tuple[Floats, Floats]:
    """Return Kolmogorov's distance and Wasserstein's in spreads, each [windows, places].

    All fields at once: those of fewer cells are filled up with cells in which nothing lies.
    """
    most = max(layout.fields[at].cells for at in places)
    cells = np.full((len(places), most), layout.cells)
    right = np.full((len(places), most), np.inf)
    spreads = np.zeros(len(places))
    for row, at in enumerate(places):
        grid = layout.fields[at].grid
        if grid is not None:
            cells[row, : layout.fields[at].cells] = np.arange(*layout.starts[at : at + 2])
            right[row, : len(grid.edges)], spreads[row] = grid.edges, grid.spread
    low = np.minimum(*(side.lows[:, places, None] for side in sides))
    high = np.maximum(*(side.highs[:, places, None] for side in sides))
    with np.errstate(invalid="ignore", over="ignore"):
        right = np.clip(right, low, high)
        width = np.diff(right, axis=2, prepend=low)
        found = [_areas(side, places, cells, (right, width)) for side in sides]
        area = np.abs(found[0][1] - found[1][1]).sum(axis=2)
        moved = np.where(np.isfinite(area) & (spreads > 0.0), area, 0.0)
    distance = np.abs(np.cumsum(found[0][0] - found[1][0], axis=2)).max(axis=2)
    return distance, moved / np.where(spreads > 0.0, spreads, 1.0)


def _areas(
    side: _Side, places: Sequence[int], cells: Counts, edges: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return of each cell the share of values and, as in `distances`, the area below them."""
    right, width = edges
    nothing = np.zeros((len(side.counts), 1))
    counts = np.concatenate([side.counts, nothing], axis=1)[:, cells]
    sums = np.concatenate([side.sums, nothing], axis=1)[:, cells]
    rows = np.maximum(side.values[:, places, None], 1)
    before = (np.cumsum(counts, axis=2) - counts) / rows
    return counts / rows, before * width + (counts * right - sums) / rows


def quiet_of(  # a history, and how it is looked at
    layout: Layout,
    whole: Tally,
    days: Sequence[Tally],
    length: int,
    rules: Rules,
    places: Collection[int] | None = None,
) -> Mapping[str, Quiet]:
    """Return how far windows of `length` days lie from the rest of the history they are part of.

    Each window is left out of its own reference; windows overlap, and count as if they did not.
    With `places` only these fields are looked at.
    """
    windows = [_sum(days[at : at + length]) for at in range(len(days) - length + 1)]
    if not windows:
        return {}
    rests = [whole - window for window in windows]
    blocks = [slice(at, at + _BLOCK) for at in range(0, len(windows), _BLOCK)]
    parts = [sizes(layout, rests[some], windows[some], rules, places) for some in blocks]
    found = np.concatenate([part["size"] for part in parts])
    enough = _values(layout, np.stack([window.counts for window in windows])) >= rules.least
    quiet = {}
    for place in range(len(layout.fields)) if places is None else places:
        seen = found[enough[:, place], place]
        if len(seen) > 1:
            name, spread = layout.fields[place].name, float(seen.std(ddof=1))
            quiet[name] = Quiet(float(seen.mean()), spread, len(seen) / length)
    return quiet


def _sum(tallies: Sequence[Tally]) -> Tally:
    total = tallies[0]
    for one in tallies[1:]:
        total = total + one
    return total


def _values(layout: Layout, counts: Counts) -> Counts:
    """Return how many values each field has, [tallies, fields]."""
    cells = np.concatenate([np.zeros((len(counts), 1), np.int64), counts.cumsum(axis=1)], axis=1)
    found: Counts = np.diff(cells[:, layout.starts], axis=1)
    return found


def judged(reference: Reference, window: Tally, rules: Rules) -> tuple[Shift, ...]:
    """Return what is found of every field, in the order of the layout."""
    layout = reference.layout
    found = sizes(layout, [reference.whole], [window], rules)
    values = _values(layout, np.stack([reference.whole.counts, window.counts]))
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
