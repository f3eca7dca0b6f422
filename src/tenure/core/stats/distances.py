"""How far two samples are apart, from their counts on one grid or over the same levels.

c is the count of a bin in the reference (m in all), d in the current sample (n in all); p = c/m,
q = d/n. Neither sample may be empty.
"""

import math
from dataclasses import dataclass

import numpy as np

from tenure.core.stats.histograms import Counts, Floats, Grid
from tenure.core.stats.tails import chi2_tail, kolmogorov_tail

SHARE_FLOOR = 1e-4
"""The least share of a bin in the PSI: an empty bin adds an amount that depends on it."""
_LEAST_EXPECTED = 5.0


@dataclass(frozen=True, slots=True)
class Side:
    """One sample on a grid: counts and sums per bin, and its least and greatest value."""

    counts: Counts
    sums: Floats
    low: float
    high: float

    @property
    def rows(self) -> int:
        """How many values were counted."""
        return int(self.counts.sum())


def shares(counts: Counts) -> Floats:
    """Return the share of each bin."""
    found: Floats = counts / counts.sum()
    return found


def ks(grid: Grid, c: Counts, d: Counts) -> tuple[float, float]:
    """Return bounds [low, high] of the Kolmogorov-Smirnov distance.

    Inside a bin the difference of the distribution functions rises by at most p and falls by at
    most q, so the exact distance is at most the one at the edges plus the largest min(p, q) of a
    bin that holds more than one value.
    """
    p, q = shares(c), shares(d)
    low = float(np.abs(np.cumsum(p - q)).max())
    inside = np.where(grid.points, 0.0, np.minimum(p, q))
    return low, min(1.0, low + float(inside.max()))


def ks_tail(distance: float, m: int, n: int) -> float:
    """Return the p-value of a Kolmogorov-Smirnov distance.

    Kolmogorov's limit with Stephens' correction for small samples (JRSS-B 32, 1970). With ties
    the true p-value is lower.
    """
    root = math.sqrt(m * n / (m + n))
    return kolmogorov_tail((root + 0.12 + 0.11 / root) * distance)


def ks_chance(m: int, n: int) -> float:
    """Return the mean Kolmogorov-Smirnov distance of two samples of one continuous distribution."""
    return math.sqrt(math.pi / 2.0) * math.log(2.0) / math.sqrt(m * n / (m + n))


def psi(c: Counts, d: Counts) -> float:
    """Return the population stability index, sum of (q - p)·ln(q/p), shares of `SHARE_FLOOR` up."""
    p, q = np.maximum(shares(c), SHARE_FLOOR), np.maximum(shares(d), SHARE_FLOOR)
    return float(((q - p) * np.log(q / p)).sum())


def psi_chance(bins: int, m: int, n: int) -> float:
    """Return the mean PSI of two samples of one distribution: (1/m + 1/n)·chi-squared."""
    return (bins - 1) * (1.0 / m + 1.0 / n)


def jensen_shannon(c: Counts, d: Counts) -> float:
    """Return the Jensen-Shannon distance, the root of the divergence in bits, in [0, 1]."""
    p, q = shares(c), shares(d)
    middle = (p + q) / 2.0
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2.0
    return math.sqrt(min(1.0, max(0.0, divergence)))


def _relative_entropy(p: Floats, q: Floats) -> float:
    there = p > 0.0
    return float((p[there] * np.log2(p[there] / q[there])).sum())


def hellinger(c: Counts, d: Counts) -> float:
    """Return the Hellinger distance, in [0, 1]."""
    alike = float(np.sqrt(shares(c) * shares(d)).sum())
    return math.sqrt(max(0.0, 1.0 - alike))


def total_variation(c: Counts, d: Counts) -> float:
    """Return the share of rows that would have to move to another bin, in [0, 1]."""
    return float(np.abs(shares(c) - shares(d)).sum()) / 2.0


def total_variation_chance(c: Counts, d: Counts) -> float:
    """Return about the mean total variation of two such samples of one distribution.

    |p - q| of a bin is near half-normal with the pooled share's variance; few rows over many bins
    are far apart by chance alone.
    """
    m, n = float(c.sum()), float(d.sum())
    pooled = (c + d) / (m + n)
    spread = np.sqrt(pooled * (1.0 - pooled) * (1.0 / m + 1.0 / n))
    return float(np.minimum(math.sqrt(2.0 / math.pi) * spread, 2.0 * pooled).sum()) / 2.0


def chi2(c: Counts, d: Counts) -> tuple[float, int]:
    """Return the chi-squared statistic of homogeneity and its degrees of freedom.

    Bins in which a sample has fewer than 5 expected rows are taken together; 0 degrees say that
    there is nothing to compare.
    """
    table = np.vstack([c, d]).astype(np.float64)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    small = expected.min(axis=0) < _LEAST_EXPECTED
    if small.any():
        table = np.column_stack([table[:, ~small], table[:, small].sum(axis=1)])
        table = table[:, table.sum(axis=0) > 0.0]
        expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(((table - expected) ** 2 / expected).sum()), table.shape[1] - 1


def chi2_p(c: Counts, d: Counts) -> float:
    """Return the p-value of `chi2`; 1 when there is nothing to compare."""
    statistic, degrees = chi2(c, d)
    return chi2_tail(statistic, degrees) if degrees > 0 else 1.0


def wasserstein(grid: Grid, reference: Side, current: Side) -> tuple[float, float]:
    """Return the Wasserstein-1 distance, and its mean by chance alone.

    Within a bin the area under a distribution function is exact from counts and sums; the distance
    is exact but where the two functions cross inside a bin. The open ends are closed by the least
    and greatest value of both.
    """
    low, high = min(reference.low, current.low), max(reference.high, current.high)
    edges = np.clip(np.concatenate([[low], grid.edges, [high]]), low, high)
    m, n = reference.rows, current.rows
    pooled = np.cumsum(reference.counts + current.counts) / (m + n)
    middle = (pooled + np.concatenate([[0.0], pooled[:-1]])) / 2.0
    spread = np.sqrt(middle * (1.0 - middle) * (1.0 / m + 1.0 / n))
    with np.errstate(over="ignore", invalid="ignore"):  # values near 1e308 have no sum
        width = np.diff(edges)
        areas = [_areas(side, edges[1:], width) for side in (reference, current)]
        chance = math.sqrt(2.0 / math.pi) * float((spread * width).sum())
        return float(np.abs(areas[0] - areas[1]).sum()), chance


def _areas(side: Side, right: Floats, width: Floats) -> Floats:
    """Return the area under the distribution function in each bin."""
    before = np.concatenate([[0], np.cumsum(side.counts)[:-1]]) / side.rows
    area: Floats = before * width + (side.counts * right - side.sums) / side.rows
    return area


def mean_shift(grid: Grid, reference: Side, current: Side) -> float | None:
    """Return the difference of the means in standard deviations of the reference."""
    if grid.spread == 0.0:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        means = [float(side.sums.sum()) / side.rows for side in (reference, current)]
    return (means[1] - means[0]) / grid.spread


def shares_differ(missing: tuple[int, int], rows: tuple[int, int]) -> float:
    """Return the p-value that two shares, `missing` of `rows` each, are the same share."""
    c, d = (np.asarray([part, whole - part]) for part, whole in zip(missing, rows, strict=True))
    return chi2_p(c, d)
