"""Histograms whose bins come from a reference: fine where it is dense, with room for extremes.

Two samples that are counted on one grid can be compared, and counts of parts of a sample add up to
the counts of the whole. Everything here is exact about integers; sums are exact to rounding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 128
_TAIL = 0.001
_TAIL_STEPS = 24
"""Doublings beyond the tails: extremes up to eight million spreads away are still located."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Bins of one column. Bin b holds the x with #{k : edges[k] ≤ x} = b.

    `edges` [K] rise strictly and are finite; there are K + 1 bins, the outer two are open. `points`
    [K + 1] marks the bins that hold one single value. `deciles` are places of edges: the bins
    between them are tenths of the reference (fewer where one value is heavier than a tenth).
    `spread` is the reference's standard deviation.
    """

    edges: Floats
    points: NDArray[np.bool_]
    deciles: Counts
    spread: float

    def same(self, other: "Grid") -> bool:
        """Return whether counts on both grids can be added and compared."""
        return self is other or np.array_equal(self.edges, other.edges)


def grid_of(ordered: Floats, bins: int = BINS) -> Grid:
    """Return the grid of a sample in rising order, without NaN and infinities; it may be empty.

    Edges are quantiles at 2·bins levels and the deciles (`method="lower"`, so that an edge is a
    value that occurs), a bin of its own for every value that makes up more than 1/(2·bins) of the
    sample, and doubling steps beyond the 0.1 % quantile at either end. So a bin of several values
    holds no more than 1/bins of the sample, and a row.
    """
    many = len(ordered)
    if many == 0:
        return Grid(np.empty(0), np.zeros(1, dtype=bool), np.empty(0, dtype=np.int64), 0.0)
    levels = np.union1d(np.arange(2 * bins + 1) / (2 * bins), np.arange(11) / 10)
    quantiles = ordered[np.floor(levels * (many - 1)).astype(np.int64)]
    heavy = _heavy(ordered, many / (2.0 * bins))
    above = np.nextafter(heavy, np.inf)
    edges = np.unique(np.concatenate([quantiles, heavy, above, _tails(ordered)]))
    edges = edges[np.isfinite(edges)]
    points = np.zeros(len(edges) + 1, dtype=bool)
    points[1:-1] = edges[1:] == np.nextafter(edges[:-1], np.inf)
    tenths = ordered[np.floor(np.arange(1, 10) / 10 * (many - 1)).astype(np.int64)]
    deciles = np.searchsorted(edges, np.unique(tenths))
    return Grid(edges, points, deciles, _spread(ordered))


def _spread(ordered: Floats) -> float:
    """Return the standard deviation; a constant has none, whatever rounding says."""
    if ordered[0] == ordered[-1]:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        away = ordered - ordered.mean()
        found = float(np.sqrt(np.square(away, out=away).mean()))
    return found if np.isfinite(found) else 0.0


def _heavy(ordered: Floats, more_than: float) -> Floats:
    """Return the values that occur more often than that: each of them is met in such steps."""
    met = np.unique(ordered[:: max(1, int(more_than))])
    counts = np.searchsorted(ordered, met, side="right") - np.searchsorted(ordered, met)
    return met[counts > more_than]


def _tails(ordered: Floats) -> Floats:
    """Return edges at doubling distances beyond the outermost quantiles."""
    last = len(ordered) - 1
    low, middle, high = (ordered[int(level * last)] for level in (_TAIL, 0.5, 1.0 - _TAIL))
    least = max(abs(float(middle)) * 2.0**-20, 2.0**-20)
    steps = 2.0 ** (np.arange(_TAIL_STEPS) - 2)
    with np.errstate(over="ignore"):
        down = low - max(float(middle - low), least) * steps
        up = high + max(float(high - middle), least) * steps
    return np.concatenate([down, up])


def filled(grid: Grid, ordered: Floats) -> tuple[Counts, Floats]:
    """Return counts [K + 1] and sums [K + 1] per bin of finite values in rising order.

    The values are sorted, because numpy's sort with vector instructions costs no more than looking
    each one up, whatever their distribution (docs/decisions/0017-drift-profiles.md).
    """
    below = np.searchsorted(ordered, grid.edges)
    starts = np.concatenate([[0], below])
    counts = np.diff(starts, append=len(ordered)).astype(np.int64)
    sums = np.zeros(len(counts))
    full = counts > 0
    if full.any():
        with np.errstate(over="ignore"):  # values near 1e308 have no sum
            sums[full] = np.add.reduceat(ordered, starts[full])
    return counts, sums


def by_decile(grid: Grid, counts: Counts) -> Counts:
    """Return the counts between the deciles, as exact sums of the fine bins."""
    return np.add.reduceat(counts, np.concatenate([[0], grid.deciles + 1]))
