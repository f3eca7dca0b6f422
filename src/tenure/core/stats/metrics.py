"""Metrics of a whole table of answers. What is not defined is None, never a silent 0.5."""

import numpy as np

from tenure.core.models import Task
from tenure.core.stats import losses
from tenure.core.stats.losses import Floats


def evaluate(task: Task, outputs: Floats, labels: Floats) -> dict[str, float | None]:
    """Return every metric of the task, and the number of rows as `n`.

    binary: log_loss, brier, auc, accuracy; multiclass: log_loss, brier, accuracy; regression:
    mae, mse, rmse. Without rows every metric is None; `auc` is None when only one class occurs.
    """
    losses.checked(outputs, labels)
    found: dict[str, float | None] = {
        name: mean(name, task, outputs, labels) for name in losses.names(task)
    }
    if task is Task.BINARY:
        found["auc"] = auc(outputs[:, 0], labels)
    found["n"] = float(len(labels))
    return found


def mean(metric: str, task: Task, outputs: Floats, labels: Floats) -> float | None:
    """Return one metric that is an average over rows; None without rows.

    `accuracy` is the share of right answers, `rmse` the root of the mean squared error.
    """
    each = losses.rows(metric, task, outputs, labels)
    if len(each) == 0:
        return None
    return from_mean_loss(metric, float(each.mean()))


def from_mean_loss(metric: str, loss: float) -> float:
    """Return the metric that belongs to a mean per-row loss (windows add up losses)."""
    if metric == "accuracy":
        return 1.0 - loss
    return float(np.sqrt(loss)) if metric == "rmse" else loss


def auc(scores: Floats, labels: Floats) -> float | None:
    """Return the area under the ROC curve, exact, a tie counting one half.

    It is the Mann-Whitney statistic from mid-ranks (Hanley & McNeil 1982). None when there are
    not rows of both classes.
    """
    positive = labels == 1.0
    many = int(positive.sum())
    few = len(labels) - many
    if many == 0 or few == 0:
        return None
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2.0
    rank_sum = float(middle[inverse][positive].sum())
    return (rank_sum - many * (many + 1) / 2.0) / (many * few)
