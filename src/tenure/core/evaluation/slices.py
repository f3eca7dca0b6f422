"""Where answers are worse: parts of the data found by search, and confirmed on rows not searched.

Half of the groups of rows is searched: each value of each column, and each pair of two columns'
values, is one test whether the mean loss inside is larger than outside (Welch, one-sided). Of those found at
the false-discovery rate of Benjamini & Hochberg the other half tests again, at the same rate over what
was found; only the confirmed are told, with figures of the confirming half alone. So chance has to deceive
twice, and what is told is not flattered by the search (the winner's curse).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tenure.core.stats.discoveries import adjusted
from tenure.core.stats.losses import Floats
from tenure.core.stats.ranking import Places
from tenure.core.stats.resampling import Interval
from tenure.core.words import condition

RATE = 0.05
LEAST_ROWS = 100  # in each half: a mean of fewer is no figure of a slice
PAIRED_COLUMNS = 8
_SHOWN = 20
_CLEARLY = 2.0  # standard errors a pair has to be worse than either of its two values


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column as codes: `codes` [n] are places in `names`, -1 for none of them."""

    column: str
    names: tuple[str, ...]
    codes: Places


@dataclass(frozen=True, slots=True)
class Slice:
    """One part that was confirmed. Figures are those of the confirming half.

    `where` are columns with their values; `more` is the mean loss inside minus that outside.
    """

    where: tuple[tuple[str, str], ...]
    rows: int
    share: float
    loss: float
    outside: float
    more: Interval
    q: float

    @property
    def words(self) -> str:
        """What the rows have in common: `rain < 0.6 and borough = Queens`."""
        return condition(self.where)


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched and found. `tested` slices, `found` in the first half, `slices` confirmed."""

    columns: tuple[str, ...]
    tested: int
    found: int
    slices: tuple[Slice, ...]
    rate: float = RATE
    least_rows: int = LEAST_ROWS


@dataclass(frozen=True, slots=True, eq=False)
class _Half:
    """Rows of one half: losses and codes; `total` is rows, sum of losses, sum of squares."""

    each: Floats
    codes: Sequence[Places]
    total: tuple[float, float, float]

    @staticmethod
    def of(columns: Sequence[Coded], each: Floats, chosen: NDArray[np.bool_]) -> "_Half":
        """Return the chosen rows."""
        kept = each[chosen]
        total = float(len(kept)), float(kept.sum()), float((kept * kept).sum())
        return _Half(kept, [one.codes[chosen] for one in columns], total)

    def inside(self, places: tuple[int, ...], names: Sequence[int]) -> Floats:
        """Return rows, losses and squares of every value or pair of values, [cells, 3]."""
        codes, width = self._flat(places, names)
        each, kept = self.each, codes
        if len(codes) and codes.min() < 0:
            some = codes >= 0
            kept, each = codes[some], each[some]
        parts = (None, each, each * each)
        return np.stack([np.bincount(kept, one, width)[:width] for one in parts], axis=1)

    def _flat(self, places: tuple[int, ...], names: Sequence[int]) -> tuple[Places, int]:
        first = self.codes[places[0]].astype(np.int64)
        if len(places) == 1:
            return first, names[places[0]]
        second, wide = self.codes[places[1]].astype(np.int64), names[places[1]]
        both = first * wide + second
        if len(both) and min(first.min(), second.min()) < 0:
            both[(first < 0) | (second < 0)] = -1
        return both, names[places[0]] * wide


@dataclass(frozen=True, slots=True)
class _Cell:
    """A slice that may be told: columns' places, values' places, its p-value and mean when searched."""

    places: tuple[int, ...]
    values: tuple[int, ...]
    p: float
    mean: float
    error: float


def search(
    columns: Sequence[Coded],
    each: Floats,
    group: Places,
    *,
    rate: float = RATE,
    least: int = LEAST_ROWS,
    confidence: float = 0.95,
) -> Search:
    """Return the slices whose rows have a larger mean loss than the others.

    `each` [n] are row losses, `group` [n] the groups that are divided between the halves, so that
    rows which belong together do not confirm each other.
    """
    names = [len(one.names) for one in columns]
    searched = group % 2 == 0
    halves = [_Half.of(columns, each, chosen) for chosen in (searched, ~searched)]
    cells = list(_cells(halves[0], names, least))
    q_values = adjusted([one.p for one in cells])
    found = [one for one, q in zip(cells, q_values, strict=True) if q <= rate]
    kept = _telling(found, cells)
    confirmed = _confirmed(halves[1], kept, rate, least)
    slices = [_told(columns, halves[1], one, q, confidence) for one, q in confirmed]
    slices.sort(key=lambda one: -(one.more.value or 0.0) * one.rows)
    return Search(
        columns=tuple(one.column for one in columns),
        tested=len(cells),
        found=len(kept),
        slices=tuple(slices[:_SHOWN]),
        rate=rate,
        least_rows=least,
    )


def _cells(half: _Half, names: Sequence[int], least: int) -> Iterator[_Cell]:
    """Yield every slice with enough rows: values first, then pairs of the most telling columns."""
    singles: list[_Cell] = []
    for place in range(len(names)):
        singles += _tested(half, (place,), names, least)
    yield from singles
    best: dict[int, float] = {}
    for one in singles:
        best[one.places[0]] = min(one.p, best.get(one.places[0], 1.0))
    chosen = sorted(sorted(best, key=lambda place: best[place])[:PAIRED_COLUMNS])
    for pair in combinations(chosen, 2):
        yield from _tested(half, pair, names, least)


def _tested(half: _Half, places: tuple[int, ...], names: Sequence[int], least: int) -> list[_Cell]:
    inside = half.inside(places, names)
    wide = names[places[-1]]
    found = []
    for cell in np.flatnonzero(inside[:, 0] >= least).tolist():
        p, mean, error = _welch(inside[cell], half.total, least)
        values = (cell,) if len(places) == 1 else divmod(cell, wide)
        if p is not None:
            found.append(_Cell(places, values, p, mean, error))
    return found


def _welch(
    inside: Floats, total: tuple[float, float, float], least: int
) -> tuple[float | None, float, float]:
    """Return the one-sided p-value that the mean inside is larger, that mean, and its error."""
    more, error, mean, _ = _difference(inside, total)
    if total[0] - inside[0] < least:
        return None, mean, error
    if error == 0.0:
        return (0.0 if more > 0.0 else 1.0), mean, error
    return NormalDist().cdf(-more / error), mean, error


def _difference(
    inside: Floats, total: tuple[float, float, float]
) -> tuple[float, float, float, float]:
    """Return mean inside minus mean outside, its standard error, and both means."""
    n, losses, squares = (float(one) for one in inside)
    others = max(1.0, total[0] - n)
    means = losses / n, (total[1] - losses) / others
    spreads = (
        max(0.0, squares / n - means[0] ** 2),
        max(0.0, (total[2] - squares) / others - means[1] ** 2),
    )
    error = float(np.sqrt(spreads[0] / max(1.0, n - 1) + spreads[1] / max(1.0, others - 1)))
    return means[0] - means[1], error, means[0], means[1]


def _telling(found: Sequence[_Cell], cells: Sequence[_Cell]) -> list[_Cell]:
    """Leave out pairs that say no more than one of their two values does."""
    singles = {(one.places[0], one.values[0]): one for one in cells if len(one.places) == 1}
    kept = []
    for one in found:
        parents = [
            singles[key] for key in zip(one.places, one.values, strict=True) if key in singles
        ]
        if len(one.places) == 1 or all(
            one.mean > parent.mean + _CLEARLY * one.error for parent in parents
        ):
            kept.append(one)
    return kept


def _confirmed(
    half: _Half, found: Sequence[_Cell], rate: float, least: int
) -> list[tuple[_Cell, float]]:
    again = []
    for one in found:
        inside = _inside(half, one)
        p = _welch(inside, half.total, least)[0] if inside[0] >= least else None
        again.append(1.0 if p is None else p)
    return [(one, q) for one, q in zip(found, adjusted(again), strict=True) if q <= rate]


def _inside(half: _Half, one: _Cell) -> Floats:
    chosen = np.ones(len(half.each), dtype=bool)
    for place, value in zip(one.places, one.values, strict=True):
        chosen &= half.codes[place] == value
    each = half.each[chosen]
    return np.array([len(each), each.sum(), (each * each).sum()])


def _told(
    columns: Sequence[Coded],
    half: _Half,
    one: _Cell,
    q: float,
    confidence: float,
) -> Slice:
    inside = _inside(half, one)
    more, error, loss, outside = _difference(inside, half.total)
    reach = NormalDist().inv_cdf(0.5 + confidence / 2.0) * error
    named = zip(one.places, one.values, strict=True)
    return Slice(
        where=tuple((columns[place].column, columns[place].names[v]) for place, v in named),
        rows=int(inside[0]),
        share=float(inside[0] / max(1, len(half.each))),
        loss=loss,
        outside=outside,
        more=Interval(more, more - reach, more + reach),
        q=q,
    )
