"""An alarm with a stated rate of false alarms: a mixture betting e-detector.

Folded once per business day over that day's mean loss, scaled to [0, 1]. Null: whatever came
before, the day's expected loss is at most m0. Each bet b stakes λ = b / m0 on "more than m0":

    L_t = 1 + λ (x_t - m0)                betting e-value (Waudby-Smith & Ramdas, JRSS-B 2024)
    R_t = L_t (1 + R_{t-1}),  R_0 = 0     Shiryaev-Roberts e-detector, one per bet, and their mean
                                          (Shin, Ramdas & Rinaldo, arXiv 2203.03532, Def. 2.2)

The first alarm at mean R_t ≥ A takes at least A days on average while the null holds (there,
Theorem 2.4), so A = days a year / false alarms a year. Values are kept as logarithms.
"""

import math
from collections.abc import Sequence

from tenure.core.errors import invalid

DAYS_A_YEAR = 365.0
BETS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Shares of the largest stake: small ones find small lasting harm, large ones find breaks."""

_FLOOR = 1e-6
"""A baseline of zero loss would make any loss an alarm at once; m0 is kept above this."""


def advance(
    values: tuple[float, ...], x: float, m0: float, bets: Sequence[float] = BETS
) -> tuple[float, ...]:
    """Return the log e-detectors after one more day.

    `values` is what the last call returned, or () at the beginning; `x` is the day's scaled mean
    loss, clipped to [0, 1] here (clipping from above keeps the guarantee); `m0` is in [0, 1).
    Raises `stats.not_finite` when x or m0 is not a number.
    """
    if not (math.isfinite(x) and math.isfinite(m0)):
        raise invalid("stats.not_finite", f"day's loss {x} and bound {m0} must be numbers")
    bound = max(m0, _FLOOR)
    clipped = min(1.0, max(0.0, x))
    before = values or (-math.inf,) * len(bets)
    return tuple(
        math.log1p(bet * (clipped - bound) / bound) + _log1p_exp(value)
        for bet, value in zip(bets, before, strict=True)
    )


def log_evidence(values: Sequence[float]) -> float:
    """Return the log of the mixture: the mean of the e-detectors. -inf before the first day."""
    if not values:
        return -math.inf
    top = max(values)
    return top + math.log(math.fsum(math.exp(v - top) for v in values) / len(values))


def threshold(false_alarms_per_year: float) -> float:
    """Return A, in days: the least expected time to a false alarm."""
    return DAYS_A_YEAR / false_alarms_per_year


def strength(values: Sequence[float], false_alarms_per_year: float) -> float:
    """Return the log of the evidence as a multiple of A; an alarm alone needs 0."""
    return log_evidence(values) - math.log(threshold(false_alarms_per_year))


def is_alarm(values: Sequence[float], false_alarms_per_year: float) -> bool:
    """Return whether the evidence has reached A."""
    return strength(values, false_alarms_per_year) >= 0.0


def scaled(loss: float, low: float, high: float) -> float:
    """Return where `loss` lies between `low` (0) and `high` (1), clipped.

    The narrower the range around the usual daily means, the sooner a change is found. Clipping at
    `high` is always valid; clipping at `low` is when daily means hardly ever fall below it.
    """
    if not high > low:
        return 0.0
    return min(1.0, max(0.0, (loss - low) / (high - low)))


def _log1p_exp(value: float) -> float:
    """Return log(1 + e^value) without overflow."""
    if value > 0.0:
        return value + math.log1p(math.exp(-value))
    return math.log1p(math.exp(value))
