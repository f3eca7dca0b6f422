"""The metrics by name: for which tasks, and which way is better. Computing is in `stats`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tenure.core.models import Task


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of an evaluation. `loss` names the mean row loss behind it, in words.

    A spec may name any metric that has a row loss. `cap` is the most that a day's mean loss can
    sensibly be; None where the unit is the target's.
    """

    name: str
    tasks: frozenset[Task]
    loss: str = ""
    cap: float | None = None
    higher_is_better: bool = False


_CLASSES = frozenset({Task.BINARY, Task.MULTICLASS})
_NUMBER = frozenset({Task.REGRESSION})
_ALL = (
    Metric("log_loss", _CLASSES, "log loss", 3.0),
    Metric("brier", _CLASSES, "Brier score", 1.0),
    Metric("accuracy", _CLASSES, "share of errors", 1.0, higher_is_better=True),
    Metric("auc", frozenset({Task.BINARY}), higher_is_better=True),
    Metric("mae", _NUMBER, "mean absolute error"),
    Metric("mse", _NUMBER, "mean squared error"),
    Metric("rmse", _NUMBER, "mean squared error"),
)
METRICS: Mapping[str, Metric] = MappingProxyType({one.name: one for one in _ALL})
"""Every metric by name."""


def higher_is_better(name: str) -> bool:
    """Return which way is better; an unknown metric counts as a loss."""
    return name in METRICS and METRICS[name].higher_is_better


def judging(task: Task) -> tuple[str, ...]:
    """Return the metrics that a spec of this task may name, the default first."""
    return tuple(one.name for one in _ALL if one.loss and task in one.tasks)
