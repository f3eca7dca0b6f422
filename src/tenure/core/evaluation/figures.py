"""The figures of an evaluation: their names, which way is better, and how one is written down.

Beyond the metrics that a spec may judge by (`core/metrics.py`) these are for people to look at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tenure.core.models import Task
from tenure.core.stats.resampling import Interval

HIGHER, LOWER, ZERO = "higher", "lower", "zero"

BETTER: Mapping[str, str] = MappingProxyType(
    {
        "auc": HIGHER,
        "average_precision": HIGHER,
        "log_loss": LOWER,
        "brier": LOWER,
        "accuracy": HIGHER,
        "balanced_accuracy": HIGHER,
        "precision": HIGHER,
        "recall": HIGHER,
        "specificity": HIGHER,
        "f1": HIGHER,
        "mcc": HIGHER,
        "ks": HIGHER,
        "calibration_error": LOWER,
        "bias": ZERO,
        "macro_auc": HIGHER,
        "macro_precision": HIGHER,
        "macro_recall": HIGHER,
        "macro_f1": HIGHER,
        "weighted_f1": HIGHER,
        "top_2_accuracy": HIGHER,
        "mae": LOWER,
        "rmse": LOWER,
        "mse": LOWER,
        "r2": HIGHER,
        "explained_variance": HIGHER,
        "median_absolute_error": LOWER,
        "mape": LOWER,
        "max_error": LOWER,
        "correlation": HIGHER,
    }
)
"""Every figure's good direction: higher, lower, or nearer to zero."""

HEADLINE: Mapping[Task, str] = MappingProxyType(
    {Task.BINARY: "log_loss", Task.MULTICLASS: "log_loss", Task.REGRESSION: "mae"}
)
"""The figure that slices, periods and comparisons are judged by unless another is named."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its interval, and that of the answer which knows no feature."""

    name: str
    interval: Interval
    baseline: float | None = None

    @property
    def better(self) -> str:
        """Which way is better."""
        return BETTER.get(self.name, LOWER)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of the challenger minus that of the first, on the same rows and the same draws."""

    name: str
    first: float | None
    challenger: float | None
    interval: Interval

    @property
    def verdict(self) -> str:
        """Return `better`, `worse` or `no difference shown` of the challenger."""
        better = BETTER.get(self.name, LOWER)
        if better == ZERO or not (self.interval.is_above_zero or self.interval.is_below_zero):
            return "no difference shown"
        return "better" if self.interval.is_above_zero == (better == HIGHER) else "worse"


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of neighbouring answers: their number, mean answer, and what came true of them."""

    rows: int
    answered: float
    observed: Interval


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of figures: values by name, all of one length, over the first of them."""

    values: Mapping[str, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The threshold with the greatest value, and what it is worth on rows that did not choose it."""

    threshold: float
    flagged: float  # share of rows
    value: Interval  # per row, on the other half
    in_force: float  # value per row of the threshold in force
    nobody: float  # value per row of flagging nobody
    everybody: float


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time: its rows and its mean loss, with an interval over its rows."""

    since: str
    until: str
    rows: int
    loss: Interval


@dataclass(frozen=True, slots=True)
class Measured:
    """What one set of answers is worth: figures, and the curves that go with the task."""

    figures: tuple[Figure, ...]
    skill: Difference | None = None  # the headline: answers against the baseline
    calibration: tuple[Bin, ...] = ()
    curves: Mapping[str, Curve] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()  # rows by true class, then by said class
    choice: Choice | None = None

    def figure(self, name: str) -> Figure | None:
        """Return a figure by name."""
        return next((one for one in self.figures if one.name == name), None)
