"""The bootstrap by groups of rows: one set of drawn weights, and every figure from the same draws.

Rows are dealt at random to at most `GROUPS` groups of equal size; up to so many rows each is a
group by itself and this is the ordinary bootstrap. Groups are drawn with replacement (Efron 1979;
Field & Welsh 2007 for clusters); a figure that is a function of sums needs only its sums by group:
a product of two small matrices instead of a pass over all rows for every replicate. Rows of one day
share weather, prices and crowds: with times the groups are whole days.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tenure.core.stats.bootstrap import level
from tenure.core.stats.losses import Floats

GROUPS = 1000
REPLICATES = 1000
CONFIDENCE = 0.95
LEAST_GROUPS = 10
"""With fewer rows (or days) nothing is said of how sure a figure is."""
_LEAST_DEFINED = 0.9
"""A figure that more than a tenth of the draws leave undefined has no interval."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its bounds; None is what is not defined, and `reason` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    @property
    def is_above_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.low is not None and self.low > 0.0

    @property
    def is_below_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.high is not None and self.high < 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """How rows are grouped, and how often each group was drawn.

    `group` [n] is the group of each row; `weights` [replicates, groups] sum to the number of groups in
    each replicate. `of_days` says that groups are whole days.
    """

    group: Places
    weights: Floats
    confidence: float = CONFIDENCE
    of_days: bool = False

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.weights.shape[1])

    @property
    def replicates(self) -> int:
        """How many draws there are."""
        return int(self.weights.shape[0])

    def by_group(self, values: Floats) -> Floats:
        """Return the sum of `values` [n] in each group, [groups]."""
        found = np.bincount(self.group, weights=values, minlength=self.groups)
        return found.astype(np.float64, copy=False)

    def counts(self, codes: Places, width: int, values: Floats | None = None) -> Floats:
        """Return how many rows of each code (or the sum of their `values`) are in each group.

        `codes` [n] are from 0 to `width` - 1, -1 for none of them; the result is [groups, width].
        """
        group, given = self.group, values
        if len(codes) and codes.min() < 0:
            some = codes >= 0
            group, codes = group[some], codes[some]
            given = None if given is None else given[some]
        flat = np.bincount(group * width + codes, weights=given, minlength=self.groups * width)
        return flat.reshape(self.groups, width).astype(np.float64, copy=False)

    def drawn(self, by_group: Floats) -> Floats:
        """Return the sums of each replicate, [replicates, …], from sums by group, [groups, …]."""
        flat = by_group.reshape(self.groups, -1)
        found: Floats = self.weights @ flat
        return found.reshape(self.replicates, *by_group.shape[1:])

    def interval(
        self, value: float | None, replicates: Floats, *, center: float | None = None
    ) -> Interval:
        """Return the percentile interval of a figure from its value in each replicate.

        `center` is the figure as the replicates compute it, when `value` is computed more finely:
        the interval is moved by the difference. Levels are widened for few groups.
        """
        bounds = self._quantiles(replicates)
        if value is None or not np.isfinite(value):
            return Interval(None, reason="not defined on these rows")
        if bounds is None:
            return Interval(value, reason="too few rows or days for an interval")
        moved = 0.0 if center is None else value - center
        return Interval(value, bounds[0] + moved, bounds[1] + moved)

    def reflected(
        self, value: float, replicates: Floats, least: float = 0.0, most: float = 1.0
    ) -> Interval:
        """Return the basic interval 2·value - quantile, kept between `least` and `most`.

        For figures that resampling itself makes larger (a greatest or an absolute difference): the
        percentile interval would lie above them (Davison & Hinkley 1997, §5.2).
        """
        bounds = self._quantiles(replicates)
        if bounds is None:
            return Interval(value, reason="too few rows or days for an interval")
        low, high = 2.0 * value - bounds[1], 2.0 * value - bounds[0]
        return Interval(value, max(least, min(low, value)), min(most, max(high, value)))

    def _quantiles(self, replicates: Floats) -> tuple[float, float] | None:
        defined = replicates[np.isfinite(replicates)]
        if self.groups < LEAST_GROUPS or len(defined) < _LEAST_DEFINED * max(1, len(replicates)):
            return None
        tail = level((1.0 - self.confidence) / 2.0, self.groups)
        low, high = np.quantile(defined, [tail, 1.0 - tail])
        return float(low), float(high)


def drawn(
    rows: int,
    seed: int,
    *,
    days: Places | None = None,
    replicates: int = REPLICATES,
    confidence: float = CONFIDENCE,
    most: int = GROUPS,
) -> Draws:
    """Return the draws for so many rows; `days` [n] are day numbers, when rows have times.

    More than `most` days are dealt to groups as rows are. The same input gives the same draws.
    """
    generator = np.random.default_rng(seed)
    if days is None:
        group = generator.permutation(np.arange(rows) % max(1, min(most, rows)))
    else:
        _, place = np.unique(days, return_inverse=True)
        many = int(place.max(initial=-1)) + 1
        group = generator.permutation(np.arange(many) % max(1, min(most, many)))[place]
    count = int(group.max(initial=0)) + 1
    shares = np.full(count, 1.0 / count)
    weights = generator.multinomial(count, shares, size=replicates).astype(np.float64)
    return Draws(group.astype(np.int64), weights, confidence, days is not None)


def wilson(hits: float, trials: float, confidence: float = CONFIDENCE) -> Interval:
    """Return a share with Wilson's score interval (JASA 22, 1927)."""
    if trials <= 0:
        return Interval(None, reason="no rows")
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    share = hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = share * (1 - share) / trials + z * z / (4 * trials * trials)
    reach = z * float(np.sqrt(max(0.0, spread))) / (1 + z * z / trials)
    return Interval(
        share, max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share))
    )
