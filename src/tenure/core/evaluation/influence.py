"""How much answers depend on each input: the loss when it is shuffled, missing or noisy.

A shuffled column keeps its values and loses its rows: what the loss rises by is the permutation
importance (Breiman 2001; Fisher, Rudin & Dominici 2019). A column that carries what another one says
as well looks less important than it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tenure.core.stats.losses import Floats
from tenure.core.stats.resampling import Draws, Interval

SHUFFLED, MISSING, NOISY = "shuffled", "missing", "noisy"


@dataclass(frozen=True, slots=True)
class Importance:
    """One input (or all numbers at once, with the name ""): what the mean loss rises by."""

    column: str
    rises: Mapping[str, Interval]


def rise(draws: Draws, before: Floats, after: Floats) -> Interval:
    """Return the mean of after - before over the same rows, with the interval of the paired draws."""
    each = after - before
    sizes = draws.by_group(each * 0.0 + 1.0)
    sums = draws.by_group(each)
    value = float(each.mean()) if len(each) else float("nan")
    return draws.interval(value, draws.drawn(sums) / draws.drawn(sizes))


def ordered(found: list[Importance]) -> tuple[Importance, ...]:
    """Return the inputs, the most important first."""
    return tuple(sorted(found, key=lambda one: -(one.rises[SHUFFLED].value or 0.0)))
