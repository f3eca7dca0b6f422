"""Isotonic regression: the rising function that is nearest to what was seen, by least squares.

Pool adjacent violators (Ayer et al. 1955), weighted; between the pools it is a straight line, as
scikit-learn's. Scores are first put into at most `BINS` bins of equal counts, so that a million
rows cost a sort.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 2000


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A rising function: at `x` (rising) it is `y` (not falling); flat outside."""

    x: Floats
    y: Floats

    def __call__(self, scores: Floats) -> Floats:
        """Return the function's values at the scores, [n]."""
        return np.interp(scores, self.x, self.y)


def fit(scores: Floats, seen: Floats, bins: int = BINS) -> Isotonic:
    """Return the function nearest to `seen` [n] at `scores` [n]; n is at least one."""
    x, mean, weight = _binned(scores, seen, bins)
    values: list[float] = []
    weights: list[float] = []
    lengths: list[int] = []
    for value, heavy in zip(mean.tolist(), weight.tolist(), strict=True):
        pool, mass, length = value, heavy, 1
        while values and values[-1] >= pool:
            before = weights.pop()
            pool = (values.pop() * before + pool * mass) / (before + mass)
            mass += before
            length += lengths.pop()
        values.append(pool)
        weights.append(mass)
        lengths.append(length)
    return Isotonic(x, np.repeat(np.asarray(values), lengths))


def _binned(scores: Floats, seen: Floats, bins: int) -> tuple[Floats, Floats, Floats]:
    """Return mean score, mean of what was seen and number of rows of each bin, scores rising."""
    order = np.argsort(scores, kind="stable")
    sorted_scores, sorted_seen = scores[order], seen[order]
    starts = np.flatnonzero(np.diff(sorted_scores, prepend=-np.inf) > 0)
    if len(starts) > bins:  # equal scores stay together
        wanted = np.arange(bins) * len(scores) // bins
        starts = starts[np.unique(np.searchsorted(starts, wanted, side="right") - 1)]
    counts = np.diff(starts, append=len(scores)).astype(np.float64)
    x = np.add.reduceat(sorted_scores, starts) / counts
    return x, np.add.reduceat(sorted_seen, starts) / counts, counts
