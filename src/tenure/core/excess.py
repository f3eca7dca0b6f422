"""Excess: which parts of the rows a loss that has grown comes from; none where it grew everywhere.

Against all other rows a part has two shares of the excess: its own rows cost more than they did, and
there are more of its rows, which cost more than the others did already. What is left is the excess of the
other rows, of which the next part takes its share, so that shares add up. A part is named when it has
more of the excess than its rows would have, had all got worse alike. Parts are columns' values, ranges
from one end, and pairs of values; one half of the days is searched (Benjamini & Hochberg over all parts,
then the one that explains most), and the other half has to confirm it and gives the figures: what is
told is not flattered by the search. What was named is taken out, and the rest is searched again.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tenure.core.diagnosis import Part
from tenure.core.evaluation.slices import PAIRED_COLUMNS, RATE, Coded
from tenure.core.stats.discoveries import adjusted
from tenure.core.stats.losses import Floats
from tenure.core.stats.ranking import Places

LEAST_ROWS = 20
"""Of each half, now: a mean of fewer says nothing."""
MOST_PARTS = 3
_TRIES = 5  # so many of the search's best are put to the test
_LEAST_SHARE = 0.1
_CLEARLY = 1.25  # times what it would have, had all rows got worse alike
_BETTER = 1.1  # times what each of its two values explains is what a pair explains
_BETWEEN = " to "  # as `services/coding.py` names a range

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Excess:
    """What was searched and found. `mean` is the excess of the mean loss; `tested` parts were looked at."""

    before: float
    now: float
    tested: int = 0
    parts: tuple[Part, ...] = ()

    @property
    def mean(self) -> float:
        """By how much the mean loss has grown."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class _Measured:
    """What a part has to do with an excess, in the loss's unit.

    `part` is what comes from it, `gain` how much more that is than if all rows had got worse alike,
    and p that it is not more.
    """

    part: float
    gain: float
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """A part that may be named: places of columns, each with the codes that belong to it."""

    where: tuple[tuple[str, str], ...]
    codes: tuple[tuple[int, frozenset[int]], ...]
    found: _Measured


class _Half:
    """Rows of one half of the days."""

    def __init__(self, codes: list[Places], losses: Floats, now: Flags) -> None:
        self.codes, self.losses, self.now = codes, losses, now
        self.whole = self.sums(np.zeros(len(losses), dtype=np.int64), 1)[:, 0]

    @property
    def is_enough(self) -> bool:
        """Whether anything can be said of it."""
        return bool(self.whole[:, 0].min() >= LEAST_ROWS)

    @property
    def excess(self) -> float:
        """By how much its mean loss has grown."""
        return float(self.whole[1, 1] / self.whole[1, 0] - self.whole[0, 1] / self.whole[0, 0])

    def sums(self, codes: Places, width: int) -> Floats:
        """Return rows, losses and their squares of each code, before and now, [2, width, 3]."""
        flat = codes + self.now * width
        parts = (None, self.losses, self.losses * self.losses)
        found = [np.bincount(flat, one, 2 * width).reshape(2, width) for one in parts]
        return np.stack(found, axis=-1).astype(np.float64)

    def inside(self, cell: _Cell) -> Flags:
        """Return which rows belong to a part."""
        chosen = np.ones(len(self.losses), dtype=bool)
        for place, codes in cell.codes:
            chosen &= np.isin(self.codes[place], sorted(codes))
        return chosen

    def without(self, cell: _Cell) -> "_Half":
        """Return the other rows."""
        kept = ~self.inside(cell)
        return _Half([one[kept] for one in self.codes], self.losses[kept], self.now[kept])


def search(
    columns: Sequence[Coded], each: Floats, now: Flags, group: Places, *, rate: float = RATE
) -> Excess:
    """Return the parts from which the excess comes, the largest first.

    `each` [n] are row losses, `now` [n] says which rows are those that got worse, `group` [n] are
    what is divided between the halves (days), so that rows which belong together confirm no other.
    """
    before, after = _mean(each[~now]), _mean(each[now])
    halves = [
        _Half([one.codes[chosen].astype(np.int64) for one in columns], each[chosen], now[chosen])
        for chosen in (group % 2 == 0, group % 2 == 1)
    ]
    tested, parts = 0, list[Part]()
    left = (
        1.0 / halves[1].excess if halves[1].is_enough else 0.0
    )  # shares are of this half's excess
    while len(parts) < MOST_PARTS and all(one.is_enough and one.excess > 0.0 for one in halves):
        cells = list(_cells(columns, halves[0]))
        tested = tested or len(cells)
        found = _confirmed(halves[1], _telling(cells, rate), rate, left)
        if found is None:
            break
        cell, part = found
        parts.append(part)
        halves = [one.without(cell) for one in halves]
        left *= 1.0 - part.of_rows
    return Excess(before, after, tested, tuple(sorted(parts, key=lambda one: -one.share)))


def _mean(losses: Floats) -> float:
    return float(losses.mean()) if len(losses) else math.nan


def _cells(columns: Sequence[Coded], half: _Half) -> Iterator[_Cell]:
    """Yield every part with enough rows: values and ranges, then pairs of the most telling columns."""
    best: dict[int, float] = {}
    for place, column in enumerate(columns):
        sums = half.sums(half.codes[place], len(column.names))
        for name, codes in _alone(column):
            cell = _cell(
                half, sums[:, codes].sum(axis=1), ((column.column, name),), ((place, codes),)
            )
            if cell is not None:
                best[place] = min(cell.found.p, best.get(place, 1.0))
                yield cell
    chosen = sorted(sorted(best, key=lambda place: best[place])[:PAIRED_COLUMNS])
    for first, second in combinations(chosen, 2):
        one, other = columns[first], columns[second]
        wide = len(other.names)
        flat = half.codes[first] * wide + half.codes[second]
        sums = half.sums(flat, len(one.names) * wide)
        for code in np.flatnonzero(sums[1, :, 0] >= LEAST_ROWS).tolist():
            a, b = divmod(code, wide)
            where = ((one.column, one.names[a]), (other.column, other.names[b]))
            cell = _cell(half, sums[:, code], where, ((first, [a]), (second, [b])))
            if cell is not None:
                yield cell


def _alone(column: Coded) -> Iterator[tuple[str, list[int]]]:
    """Yield what parts one column has: each value, and ranges from either end of its order."""
    for code, name in enumerate(column.names):
        yield name, [code]
    inner = [code for code, name in enumerate(column.names) if _BETWEEN in name and code]
    if not inner or not column.names[0].startswith("<"):
        return
    for code in inner:
        low, high = column.names[code].split(_BETWEEN)
        yield f"< {high}", list(range(code + 1))
        yield f"≥ {low}", list(range(code, inner[-1] + 2))


def _cell(
    half: _Half,
    inside: Floats,
    where: tuple[tuple[str, str], ...],
    codes: Sequence[tuple[int, list[int]]],
) -> _Cell | None:
    if not LEAST_ROWS <= inside[1, 0] <= half.whole[1, 0] - LEAST_ROWS:
        return None
    found = _measured(inside, half.whole)
    return _Cell(where, tuple((place, frozenset(some)) for place, some in codes), found)


def _measured(inside: Floats, whole: Floats) -> _Measured:
    """Return what a part with these sums [2, 3] has to do with the excess; others' rows are the rest.

    With shares p, s of the rows and mean losses a, b inside and c, d outside, before and now, the
    excess is s(b - a) + (s - p)(a - c) + (1 - s)(d - c): dearer inside, more inside, dearer outside.
    The error of the gain is the delta method's, of independent rows.
    """
    others = whole - inside
    p, s = inside[:, 0] / whole[:, 0]
    (a, b), (a_error, b_error) = _means(inside)
    (c, d), (c_error, d_error) = _means(others)
    if not inside[0, 0]:  # rows of a kind that was not there are compared with all others
        a, a_error = c, 0.0
    if not others[0, 0]:
        c, c_error = a, 0.0
    part = s * (b - a) + (s - p) * (a - c)
    alike = s * (s * (b - a) + (1.0 - s) * (d - c))
    by_now, by_before = s * (1.0 - s), (s - p) - s * (1.0 - s)
    by_share = (1.0 - 2.0 * s) * (b - d) + 2.0 * s * (a - c)
    error = math.sqrt(
        by_now**2 * (b_error + d_error)
        + by_before**2 * (a_error + c_error)
        + by_share**2 * s * (1.0 - s) / whole[1, 0]
        + (a - c) ** 2 * p * (1.0 - p) / whole[0, 0]
    )
    gain = float(part - alike)
    if error <= 0.0:
        return _Measured(float(part), gain, 0.0 if gain > 0.0 else 1.0)
    return _Measured(float(part), gain, NormalDist().cdf(-gain / error))


def _means(sums: Floats) -> tuple[Floats, Floats]:
    """Return mean losses before and now, and their squared errors."""
    rows = np.maximum(sums[:, 0], 1.0)
    means = sums[:, 1] / rows
    spread = np.maximum(sums[:, 2] / rows - means * means, 0.0)
    return means, spread / np.maximum(rows - 1.0, 1.0)


def _telling(cells: Sequence[_Cell], rate: float) -> list[_Cell]:
    """Return what explains most; a pair has to explain clearly more than either of its values."""
    q_values = adjusted([one.found.p for one in cells])
    alone = {one.where[0]: one.found.gain for one in cells if len(one.where) == 1}
    found = [
        one
        for one, q in zip(cells, q_values, strict=True)
        if q <= rate
        and one.found.gain > 0.0
        and (
            len(one.where) == 1
            or one.found.gain > _BETTER * max(alone.get(value, 0.0) for value in one.where)
        )
    ]
    return sorted(found, key=lambda one: -one.found.gain)[:_TRIES]


def _confirmed(
    half: _Half, found: Sequence[_Cell], rate: float, left: float
) -> tuple[_Cell, Part] | None:
    """Return the first that the other half confirms, with its figures there."""
    for cell in found:
        inside = half.sums(half.inside(cell).astype(np.int64), 2)[:, 1]
        if inside[1, 0] < LEAST_ROWS:
            continue
        measured = _measured(inside, half.whole)
        part = _part(cell, inside, half.whole, measured, left)
        alike = (measured.part - measured.gain) * left
        if measured.p <= rate / _TRIES and part.share >= max(_LEAST_SHARE, _CLEARLY * alike):
            return cell, part
    return None


def _part(cell: _Cell, inside: Floats, whole: Floats, found: _Measured, left: float) -> Part:
    (before, now), _ = _means(inside)
    return Part(
        where=cell.where,
        share=found.part * left,
        of_rows=float(inside[1, 0] / whole[1, 0]),
        of_rows_before=float(inside[0, 0] / whole[0, 0]),
        rows=int(inside[1, 0]),
        before=float(before) if inside[0, 0] else None,
        now=float(now),
        p=found.p,
    )
