"""How far answers of two models to the same rows are apart."""

import numpy as np

from tenure.core.stats.losses import Floats


def difference(before: Floats, after: Floats) -> tuple[float, float]:
    """Return the largest difference of an output, and the share of rows that are the same in every bit.

    `before` and `after` are outputs [rows, width] of the same rows. A missing number equals a
    missing one; one that is missing on one side only is infinitely far.
    """
    if before.shape != after.shape:
        return float("inf"), 0.0
    if not before.size:
        return 0.0, 1.0
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    apart = np.abs(np.where(same, 0.0, after - before))
    return float(np.nan_to_num(apart, nan=np.inf).max()), float(same.all(axis=1).mean())
