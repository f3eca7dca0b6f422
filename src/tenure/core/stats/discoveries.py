"""False discoveries: which of many p-values are low enough, when all of them are looked at."""

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
