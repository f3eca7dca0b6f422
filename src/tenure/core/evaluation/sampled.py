"""A figure beside its value in every draw: from it come its interval and every difference."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tenure.core.evaluation.figures import Difference, Figure
from tenure.core.stats.losses import Floats
from tenure.core.stats.resampling import Draws, Interval


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """`value` is exact, `replicates` [draws] may be of bins: `center` is the value computed as they are.

    `grows` says that resampling itself makes the figure larger (see `Draws.reflected`).
    """

    value: float
    replicates: Floats
    center: float | None = None
    grows: bool = False
    reason: str = ""

    def interval(self, draws: Draws) -> Interval:
        """Return the value with its bounds."""
        if not np.isfinite(self.value):
            return Interval(None, reason=self.reason or "not defined on these rows")
        if self.grows:
            return draws.reflected(self.value, self.replicates)
        found = draws.interval(self.value, self.replicates, center=self.center)
        return found if not self.reason else Interval(found.value, reason=self.reason)


Figures = dict[str, Sampled]


def exact(value: float, replicates: Floats) -> Sampled:
    """Return a figure that the draws compute as exactly as its value."""
    return Sampled(float(value), replicates)


def without_interval(value: float, reason: str) -> Sampled:
    """Return a figure that has no interval, and why."""
    return Sampled(float(value), np.empty(0), reason=reason)


def listed(
    figures: Figures, draws: Draws, baselines: Mapping[str, float | None]
) -> tuple[Figure, ...]:
    """Return the figures with their intervals, beside those of the baseline."""
    return tuple(
        Figure(name, one.interval(draws), baselines.get(name)) for name, one in figures.items()
    )


def differences(first: Figures, challenger: Figures, draws: Draws) -> tuple[Difference, ...]:
    """Return challenger minus first for each figure that both have, paired draw by draw."""
    return tuple(
        difference(name, one, challenger[name], draws)
        for name, one in first.items()
        if name in challenger
    )


def difference(name: str, first: Sampled, challenger: Sampled, draws: Draws) -> Difference:
    """Return challenger minus first, with the interval of the paired draws."""
    values = _known(first.value), _known(challenger.value)
    if values[0] is None or values[1] is None:
        return Difference(name, *values, Interval(None, reason="not defined for both"))
    away = values[1] - values[0]
    if not (len(first.replicates) and len(challenger.replicates)):
        return Difference(name, *values, Interval(away, reason=first.reason))
    centers = [one.value if one.center is None else one.center for one in (first, challenger)]
    replicates = challenger.replicates - first.replicates
    found = draws.interval(away, replicates, center=centers[1] - centers[0])
    return Difference(name, *values, found)


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
