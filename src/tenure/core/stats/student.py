"""Quantiles of Student's t, without scipy: the CLI and the worker should not load it for this."""

import math
from statistics import NormalDist

_MANY = 200  # degrees above which the expansion is as good as the series


def student_quantile(level: float, degrees: int) -> float:
    """Return the quantile of Student's t at `level` in (0, 1); accurate to about 1e-9.

    The closed series of the distribution function (Abramowitz & Stegun 26.7.3, 26.7.4) is inverted
    by bisection; above 200 degrees the expansion 26.7.5 is used.
    """
    if level > 0.5:  # noqa: PLR2004 — the middle
        return -student_quantile(1.0 - level, degrees)
    if degrees == 1:
        return math.tan(math.pi * (level - 0.5))
    if degrees > _MANY:
        return _expansion(NormalDist().inv_cdf(level), degrees)
    low, high = -1.0, 0.0
    while _below(low, degrees) > level:
        low *= 2.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _below(middle, degrees) < level else (low, middle)
    return (low + high) / 2.0


def student_tail(t: float, degrees: int) -> float:
    """Return P(T ≥ t); of at most 200 degrees, more are taken as so many."""
    return max(0.0, 0.5 - _inner(t, min(max(degrees, 1), _MANY)) / 2.0)


def _below(t: float, degrees: int) -> float:
    """Return P(T ≤ t)."""
    return 0.5 + _inner(t, degrees) / 2.0


def _inner(t: float, degrees: int) -> float:
    """Return P(-t ≤ T ≤ t) with the sign of t; theta is the angle in the series."""
    theta = math.atan(t / math.sqrt(degrees))
    square = math.cos(theta) ** 2
    odd = degrees % 2 == 1
    term = math.cos(theta) if odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(3 if odd else 2, degrees - 1, 2):
        term *= square * (k - 1) / k
        total += term
    if odd:
        return 2.0 / math.pi * (theta + math.sin(theta) * total)
    return math.sin(theta) * total


def _expansion(z: float, degrees: int) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    first, second, third = terms
    return z + (first + (second + third / degrees) / degrees) / degrees
