"""False discoveries: which of many p- or e-values count, when all of them are looked at."""

import math
from collections.abc import Sequence


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Return the q-value of each p-value, in their order.

    Those with q ≤ rate are what Benjamini & Hochberg (JRSS-B 1995) reject at that rate: of what is
    rejected at most this share is false, for independent or positively dependent tests.
    """
    many = len(p_values)
    order = sorted(range(many), key=lambda place: p_values[place], reverse=True)
    values = [1.0] * many
    least = 1.0
    for above, place in enumerate(order):
        least = min(least, p_values[place] * many / (many - above))
        values[place] = least
    return values


def stands_out(own: float, others: Sequence[float]) -> bool:
    """Return whether an e-value is among those that e-BH takes for real (Wang & Ramdas, JRSS-B 2022).

    Each is given as the log of its multiple of the level that would be enough alone, so 0 is just
    enough. Of K values the k largest count, for the largest k with k · e_(k) ≥ K, whatever depends on
    what: alone it has to reach the level, one of many K times the level, and all at once the level.
    """
    ordered = sorted((own, *others), reverse=True)
    many = len(ordered)
    return any(
        own >= value >= math.log(many / place) for place, value in enumerate(ordered, start=1)
    )
