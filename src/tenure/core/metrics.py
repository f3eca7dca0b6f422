"""The metrics by name: for which tasks, and which way is better. Computing is in `stats`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tenure.core.models import Task


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of an evaluation. `judges`: it is a mean of row losses, so a spec may name it.

    A `judges` metric whose higher values are better (accuracy) has the row loss 1 - value.
    """

    name: str
    tasks: frozenset[Task]
    judges: bool
    higher_is_better: bool = False


_CLASSES = frozenset({Task.BINARY, Task.MULTICLASS})
_NUMBER = frozenset({Task.REGRESSION})
_ALL = (
    Metric("log_loss", _CLASSES, judges=True),
    Metric("brier", _CLASSES, judges=True),
    Metric("accuracy", _CLASSES, judges=True, higher_is_better=True),
    Metric("auc", frozenset({Task.BINARY}), judges=False, higher_is_better=True),
    Metric("mae", _NUMBER, judges=True),
    Metric("mse", _NUMBER, judges=True),
    Metric("rmse", _NUMBER, judges=False),
    Metric("r2", _NUMBER, judges=False, higher_is_better=True),
)
METRICS: Mapping[str, Metric] = MappingProxyType({one.name: one for one in _ALL})
"""Every metric by name."""


def higher_is_better(name: str) -> bool:
    """Return which way is better; an unknown metric counts as a loss."""
    return name in METRICS and METRICS[name].higher_is_better


def judging(task: Task) -> tuple[str, ...]:
    """Return the metrics that a spec of this task may name, the default first."""
    return tuple(one.name for one in _ALL if one.judges and task in one.tasks)
