"""Tails of the chi-squared and of Kolmogorov's distribution, without scipy (see `student.py`)."""

import math

_SMALL = 1e-300
_PRECISE = 1e-15
_MOST_STEPS = 10_000
_SURE = 0.04  # below, the tail is 1 to the last digit


def chi2_tail(statistic: float, degrees: int) -> float:
    """Return P(X ≥ statistic) of chi-squared with `degrees` ≥ 1; accurate to about 1e-12.

    The regularised incomplete gamma function by its series below the bulk and by the continued
    fraction above it (Abramowitz & Stegun 6.5.29 and 6.5.31, the latter by Lentz's method).
    """
    if statistic <= 0.0:
        return 1.0
    shape, x = degrees / 2.0, statistic / 2.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        return max(0.0, 1.0 - front * _series(shape, x))
    return min(1.0, front * _fraction(shape, x))


def _series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    for step in range(1, _MOST_STEPS):
        term *= x / (shape + step)
        total += term
        if term < total * _PRECISE:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    b = x + 1.0 - shape
    c, d = 1.0 / _SMALL, 1.0 / b
    value = d
    for step in range(1, _MOST_STEPS):
        a = -step * (step - shape)
        b += 2.0
        d = 1.0 / _away_from_zero(a * d + b)
        c = _away_from_zero(b + a / c)
        value *= d * c
        if abs(d * c - 1.0) < _PRECISE:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _SMALL else _SMALL


def kolmogorov_tail(statistic: float) -> float:
    """Return P(K ≥ statistic) of Kolmogorov's limiting distribution; accurate to about 1e-12.

    Two series that are equal; the one that converges at once is taken (Marsaglia, Tsang & Wang,
    J. Stat. Softw. 8(18), 2003).
    """
    if statistic < _SURE:
        return 1.0
    if statistic < 1.0:
        power = math.pi**2 / (8.0 * statistic**2)
        below = sum(math.exp(-((2 * k - 1) ** 2) * power) for k in range(1, 6))
        return max(0.0, 1.0 - math.sqrt(2.0 * math.pi) / statistic * below)
    terms = ((-1.0) ** (k - 1) * math.exp(-2.0 * (k * statistic) ** 2) for k in range(1, 12))
    return min(1.0, max(0.0, 2.0 * sum(terms)))
