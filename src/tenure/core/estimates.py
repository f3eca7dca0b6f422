"""Accuracy before the labels come: what answers will have cost on average, with an interval.

Classes, by CBPE (NannyML's confidence-based performance estimation): calibrated probabilities say
how likely each class is, so the expected loss of an answer is Σ_k p̂_k · loss(answer, k). Numbers, by
DLE (direct loss estimation): a model of the loss, fitted on labelled rows, says what each answer will
cost. Both assume that the truth depends on the features as before: neither sees concept drift.

The reference is cut in time. The older half calibrates, the newer half says whether that holds: an
estimate that was off there by more than matters is none. How far it was off by chance, and how far
days waver beyond their rows, widen the interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tenure.core.models import Task
from tenure.core.stats import losses
from tenure.core.stats.isotonic import Isotonic, fit
from tenure.core.words import count, number

Floats = NDArray[np.float64]
Days = NDArray[np.int64]

LEAST_ROWS = 300
"""Labelled rows below which nothing is calibrated."""
_LEAST_DAYS = 4
_NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean loss that is expected of the rows, with a 95 % interval of what labels will show."""

    mean: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class NoEstimate:
    """Nothing can be said, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled answers in order of time: outputs [n, width], labels [n], the day of each row [n]."""

    outputs: Floats
    labels: Floats
    days: Days

    def __len__(self) -> int:
        return len(self.labels)

    def halves(self) -> tuple[Self, Self]:
        """Return the older rows and the newer ones; a day is not cut."""
        middle = int(np.searchsorted(self.days, self.days[len(self) // 2]))
        return self._part(slice(0, middle)), self._part(slice(middle, None))

    def _part(self, part: slice) -> Self:
        return type(self)(self.outputs[part], self.labels[part], self.days[part])


@dataclass(frozen=True, slots=True)
class Expected:
    """What each row is expected to cost, [n], and the variance of what it will cost, [n]."""

    mean: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class Trust:
    """How well expectations held on rows that had no part in them: what an interval adds.

    `bias_se` is the standard error of their mean difference from the truth, `wavering` the variance
    of a day's mean beyond what its rows explain.
    """

    bias_se: float
    wavering: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a model's outputs to probabilities that come true; `maps` is empty when they do already."""

    task: Task
    maps: tuple[Isotonic, ...] = ()

    def probabilities(self, outputs: Floats) -> Floats:
        """Return the probability of each class, [n, classes]."""
        given = each_class(outputs)
        if not self.maps:
            return given
        columns = self.maps if self.task is Task.MULTICLASS else self.maps[:1]
        found = [
            one(given[:, -1 if self.task is Task.BINARY else k]) for k, one in enumerate(columns)
        ]
        if self.task is Task.BINARY:
            return np.column_stack([1.0 - found[0], found[0]])
        raw = np.column_stack(found)
        total = raw.sum(axis=1, keepdims=True)
        return np.where(total > 0, raw / np.where(total > 0, total, 1.0), given)


def each_class(outputs: Floats) -> Floats:
    """Return outputs as one column per class: a binary output is the probability of the second."""
    return np.column_stack([1.0 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


def calibrate(task: Task, reference: Labelled) -> Calibration:
    """Return isotonic maps, one against the rest for each class as NannyML does."""
    given = each_class(reference.outputs)
    classes = [1] if task is Task.BINARY else range(given.shape[1])
    maps = [fit(given[:, k], (reference.labels == k).astype(np.float64)) for k in classes]
    return Calibration(task, tuple(maps))


def expected(metric: str, task: Task, outputs: Floats, probabilities: Floats) -> Expected:
    """Return what answers are expected to cost under `metric`, given each class's probability."""
    classes = probabilities.shape[1]
    cost = np.column_stack(
        [
            losses.rows(metric, task, outputs, np.full(len(outputs), float(k)))
            for k in range(classes)
        ]
    )
    mean = (probabilities * cost).sum(axis=1)
    return Expected(mean, (probabilities * np.square(cost - mean[:, None])).sum(axis=1))


def calibrated(
    metric: str, task: Task, reference: Labelled
) -> tuple[Calibration, Expected, Floats] | NoEstimate:
    """Return a calibration, what it expects of the newer rows, and what those really cost.

    The maps are kept only where they are better on the newer rows than the outputs as they are
    (by the Brier score): a calibrated model is not improved by a small sample.
    """
    if len(reference) < LEAST_ROWS:
        has = count(len(reference), "labelled row")
        return NoEstimate(f"{has}, at least {LEAST_ROWS} are needed")
    older, newer = reference.halves()
    if len(older) < LEAST_ROWS // 3 or len(newer) < LEAST_ROWS // 3:
        return NoEstimate("the labelled rows are of too few days")
    found = min(
        (calibrate(task, older), Calibration(task)),
        key=lambda one: _brier(one.probabilities(newer.outputs), newer.labels),
    )
    seen = expected(metric, task, newer.outputs, found.probabilities(newer.outputs))
    real = losses.rows(metric, task, newer.outputs, newer.labels)
    return (calibrate(task, reference) if found.maps else found), seen, real


def _brier(probabilities: Floats, labels: Floats) -> float:
    return float(losses.brier(probabilities, labels).mean())


def trust(seen: Expected, real: Floats, days: Days, tolerance: float) -> Trust | NoEstimate:
    """Return how far expectations held on labelled rows [n]; NoEstimate when they were off.

    Off means that the mean difference is beyond `tolerance`, the difference that matters, with 95 %
    confidence; rows of one day count together, because they waver together.
    """
    difference = real - seen.mean
    _, inverse = np.unique(days, return_inverse=True)
    rows = np.bincount(inverse)
    if len(rows) < _LEAST_DAYS:
        return NoEstimate(f"labels of {count(len(rows), 'day')}, at least {_LEAST_DAYS} are needed")
    sums = np.bincount(inverse, difference)
    mean = float(difference.mean())
    centred = sums - mean * rows
    se = math.sqrt(float(np.square(centred).sum()) * len(rows) / (len(rows) - 1)) / len(difference)
    if abs(mean) - _NORMAL * se > tolerance:
        return NoEstimate(
            f"it was off on the last {count(len(difference), 'labelled row')}: "
            f"{number(float(seen.mean.mean()))} expected, {number(float(real.mean()))} came"
        )
    by_rows = np.bincount(inverse, seen.variance) / np.square(rows)
    between = float((np.square(centred / rows)).sum()) / (len(rows) - 1)
    return Trust(se, max(0.0, between - float(by_rows.mean())))


def estimate(found: Expected, known: Trust, floor: float = 0.0) -> Estimate | NoEstimate:
    """Return the mean that is expected of a day's rows, and where labels will put it (95 %)."""
    rows = len(found.mean)
    if rows == 0:
        return NoEstimate("nothing was answered")
    mean = float(found.mean.mean())
    sampling = float(found.variance.sum()) / rows**2
    half = _NORMAL * math.sqrt(sampling + known.wavering + known.bias_se**2)
    return Estimate(mean, max(floor, mean - half), mean + half, rows)


def foretold(real: Floats, predicted: Floats) -> tuple[Expected, Expected]:
    """Return what labelled rows [n] and new rows [m] are expected to cost by a model of the loss.

    `predicted` [n + m] are its answers, those for the labelled rows first, which it was not fitted
    on; `real` [n] is what these cost. The spread of their difference is that of every row.
    """
    rows = len(real)
    known, new = np.maximum(predicted[:rows], 0.0), np.maximum(predicted[rows:], 0.0)
    variance = float((real - known).var()) if rows else 0.0
    return Expected(known, np.full(rows, variance)), Expected(new, np.full(len(new), variance))


PERSISTS = 2
"""Days in a row that an estimate has to be worse before it is a finding."""
CALM = 3
"""Days in a row that it has to be good again before the finding closes."""


def has_worsened(days: Sequence[Estimate | NoEstimate], limit: float) -> bool:
    """Return whether the newest days are all worse than the limit, with 95 % confidence each."""
    newest = days[-PERSISTS:]
    return len(newest) == PERSISTS and all(
        isinstance(one, Estimate) and one.low > limit for one in newest
    )


def has_calmed(days: Sequence[Estimate | NoEstimate], good: float) -> bool:
    """Return whether the newest days are all expected to be good again; silence is no calm."""
    newest = days[-CALM:]
    return len(newest) == CALM and all(
        isinstance(one, Estimate) and one.mean <= good for one in newest
    )
