"""Evidence that may be looked at as often as one likes: betting e-values for means and shares.

Null: whatever came before, the expected value of each x in [0, 1] is at most m. Each bet b stakes
λ = b / m on "more than m":

    E_n = mean over b of  Π_t (1 + b (x_t - m) / m)         (Waudby-Smith & Ramdas, JRSS-B 2024, §3)

While the null holds, E ever reaches 1/alpha with probability at most alpha (Ville), however often one looks
and whenever one stops. Stakes are fixed, so the product does not depend on the order of the rows
and is computed afresh at each look; rows may only be added. Values are kept as logarithms.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from tenure.core.errors import invalid
from tenure.core.stats.losses import Floats
from tenure.core.stats.sequential import BETS, log_evidence

_HALVINGS = 30
_EDGE = 1e-9
"""The bound is kept so far from 0 and 1, where nothing or everything would be evidence."""


def above(values: Floats, bound: float, bets: Sequence[float] = BETS) -> float:
    """Return the log evidence that the mean of `values` [n], each in [0, 1], is above `bound`.

    Values outside are clipped. 0 before the first row. Raises `stats.not_finite`.
    """
    if not (math.isfinite(bound) and np.isfinite(values).all()):
        raise invalid("stats.not_finite", "evidence is computed from finite numbers only")
    m = min(1.0 - _EDGE, max(_EDGE, bound))
    gains = (np.clip(values, 0.0, 1.0) - m) / m
    return log_evidence([float(np.log1p(bet * gains).sum()) for bet in bets])


def below(values: Floats, bound: float, bets: Sequence[float] = BETS) -> float:
    """Return the log evidence that the mean of `values` is below `bound`."""
    return above(1.0 - np.clip(values, 0.0, 1.0), 1.0 - bound, bets)


def share_above(hits: int, trials: int, bound: float, bets: Sequence[float] = BETS) -> float:
    """Return the log evidence that `hits` among `trials` come more often than `bound`."""
    m = min(1.0 - _EDGE, max(_EDGE, bound))
    misses = trials - hits
    return log_evidence(
        [hits * math.log1p(bet * (1.0 - m) / m) + misses * math.log1p(-bet) for bet in bets]
    )


def share_below(hits: int, trials: int, bound: float, bets: Sequence[float] = BETS) -> float:
    """Return the log evidence that `hits` among `trials` come less often than `bound`."""
    return share_above(trials - hits, trials, 1.0 - bound, bets)


def interval(
    values: Floats, low: float, high: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Return bounds of the mean of `values` [n] that may be looked at as often as one likes.

    Values are clipped to [low, high], which are the bounds before the first row. The true mean is
    ever outside with probability at most 1 - confidence: a confidence sequence, the means that no
    bet has ruled out. Raises `stats.not_finite`.
    """
    width, bar = high - low, math.log(2.0 / (1.0 - confidence))
    scaled = (np.asarray(values, dtype=np.float64) - low) / width
    if not len(scaled):
        return low, high
    mean = float(np.clip(scaled, 0.0, 1.0).mean())
    least = _edge(lambda m: above(scaled, m) >= bar, 0.0, mean)
    most = 1.0 - _edge(lambda m: above(1.0 - scaled, m) >= bar, 0.0, 1.0 - mean)
    return low + width * least, low + width * most


def _edge(is_out: Callable[[float], bool], out: float, inside: float) -> float:
    """Return where the means that are ruled out end: `out` is taken to be, `inside` is not."""
    for _ in range(_HALVINGS):
        middle = (out + inside) / 2.0
        if is_out(middle):
            out = middle
        else:
            inside = middle
    return out
