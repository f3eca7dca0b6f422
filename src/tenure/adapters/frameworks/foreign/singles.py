"""Thresholds of libraries that compare in single precision, for rows in double precision.

scikit-learn's trees, XGBoost and CatBoost round a value to float32 before they compare it. The
same answer without rounding needs the largest double that rounds to a float32 on the left side:
the middle between two neighbours, or the double below it when the tie rounds upwards.
"""

import numpy as np

from tenure.adapters.frameworks.encode import Floats

_UP, _DOWN = np.float32(np.inf), np.float32(-np.inf)


def at_most(thresholds: Floats) -> Floats:
    """Return for each t the largest double x with float32(x) <= t."""
    with np.errstate(invalid="ignore", over="ignore"):
        lower = thresholds.astype(np.float32)
        lower = np.where(lower.astype(np.float64) > thresholds, np.nextafter(lower, _DOWN), lower)
        upper = np.nextafter(lower, _UP)
        middle = lower.astype(np.float64) / 2 + upper.astype(np.float64) / 2
        rounds_down = middle.astype(np.float32) == lower
        edge = np.where(rounds_down, middle, np.nextafter(middle, -np.inf))
    return np.where(np.isfinite(middle), edge, thresholds)


def below(thresholds: Floats) -> Floats:
    """Return for each float32 t the largest double x with float32(x) < t."""
    with np.errstate(over="ignore"):
        before = np.nextafter(thresholds.astype(np.float32), _DOWN)
    return at_most(before.astype(np.float64))
