"""Paired bootstrap by blocks: how sure it is that one model is better than another.

Rows of one day share weather, prices and crowds, so whole days are drawn, not rows (Künsch 1989;
Field & Welsh 2007 for clusters). The seed is handed in; equal input gives equal output.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tenure.core.errors import invalid
from tenure.core.stats.losses import Floats
from tenure.core.stats.student import student_quantile

DRAWS = 2000
_MEMORY_NUMBERS = 4_000_000  # of one slab of drawn weights: 32 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference with its bounds. With fewer than two blocks the bounds are infinite."""

    mean: float
    low: float
    high: float
    confidence: float
    blocks: int
    rows: int


def paired_interval(
    differences: Floats,
    blocks: NDArray[np.int64],
    *,
    confidence: float = 0.95,
    seed: int,
    draws: int = DRAWS,
) -> Interval:
    """Return the two-sided interval of the mean of paired row differences.

    `differences` [n] are loss of A minus loss of B on the same rows; `blocks` [n] say which rows
    are drawn together (UTC day numbers). Quantiles are widened for few blocks (see `level`).
    Without rows the mean is 0 and the bounds are infinite. Raises `stats.not_finite`.
    """
    tail = (1.0 - confidence) / 2.0
    return _bounds(differences, blocks, confidence, (tail, tail), seed, draws)


def upper_bound(
    differences: Floats,
    blocks: NDArray[np.int64],
    *,
    confidence: float = 0.95,
    seed: int,
    draws: int = DRAWS,
) -> Interval:
    """Return the one-sided interval (-inf, high]: the mean is below `high` that surely.

    A candidate is better than the champion when `high` of candidate - champion is below zero.
    """
    return _bounds(differences, blocks, confidence, (0.0, 1.0 - confidence), seed, draws)


def _bounds(
    differences: Floats,
    blocks: NDArray[np.int64],
    confidence: float,
    tails: tuple[float, float],
    seed: int,
    draws: int,
) -> Interval:
    _check(differences, blocks, confidence)
    _, inverse = np.unique(blocks, return_inverse=True)
    sums = np.bincount(inverse, weights=differences).astype(np.float64)
    sizes = np.bincount(inverse).astype(np.float64)
    rows, count = len(differences), len(sizes)
    mean = float(sums.sum() / rows) if rows else 0.0
    low, high = -math.inf, math.inf
    if count > 1:
        means = _drawn_means(sums, sizes, seed, draws)
        low = float(np.quantile(means, level(tails[0], count))) if tails[0] else low
        high = float(np.quantile(means, 1.0 - level(tails[1], count))) if tails[1] else high
    return Interval(mean, low, high, confidence, count, rows)


def _drawn_means(sums: Floats, sizes: Floats, seed: int, draws: int) -> Floats:
    """Draw as many blocks as there are, with replacement; return the mean over rows per draw."""
    count = len(sums)
    shares = np.full(count, 1.0 / count)
    generator = np.random.default_rng(seed)
    slab = max(1, _MEMORY_NUMBERS // count)
    means = [
        _ratio(generator.multinomial(count, shares, size=min(slab, draws - done)), sums, sizes)
        for done in range(0, draws, slab)
    ]
    return np.concatenate(means)


def _ratio(weights: NDArray[np.int64], sums: Floats, sizes: Floats) -> Floats:
    drawn = weights.astype(np.float64)
    return np.asarray((drawn @ sums) / (drawn @ sizes), dtype=np.float64)


def level(tail: float, blocks: int) -> float:
    """Return the tail level to read off a bootstrap's draws, widened for few blocks.

    The plain percentile interval is as narrow as a normal interval with the biased variance; at
    14 blocks a stated 95 % covers about 92 %. Hesterberg (2015, "What teachers should know about
    the bootstrap", §"expanded percentile") reads the level Φ(√(n/(n-1)) t) instead, t
    the quantile of Student with n - 1 degrees.
    """
    wide = math.sqrt(blocks / (blocks - 1)) * student_quantile(tail, blocks - 1)
    return NormalDist().cdf(wide)


def _check(differences: Floats, blocks: NDArray[np.int64], confidence: float) -> None:
    if differences.shape != blocks.shape or differences.ndim != 1:
        raise invalid(
            "stats.bad_shape",
            f"differences {differences.shape} and blocks {blocks.shape} do not belong together",
        )
    if not np.isfinite(differences).all():
        raise invalid("stats.not_finite", "a loss difference is not a finite number")
    if not 0.0 < confidence < 1.0:
        raise invalid("stats.bad_confidence", f"confidence {confidence} is not between 0 and 1")
