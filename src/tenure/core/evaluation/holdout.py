"""What a version's answers on its holdout were worth, beside those of a constant.

A model that does not beat the answer which ignores every feature has learnt nothing; so each
evaluation carries the same figures for that answer, as `baseline.<metric>`.
"""

import numpy as np

from tenure.core.models import Task
from tenure.core.stats.losses import Floats
from tenure.core.stats.metrics import evaluate

Facts = dict[str, float | int | str | None]


def baseline_outputs(
    task: Task, train_labels: Floats, rows: int, width: int = 1, *, metric: str = ""
) -> Floats:
    """Return the best constant answer that the training labels teach, [rows, width].

    Classes: their frequencies, each class counted once more than it occurred (Laplace), so that a
    class which never occurred is not impossible. Numbers: the median under `mae`, else the mean.
    Without labels: an even guess, or zero.
    """
    if task is Task.REGRESSION:
        center = np.median if metric == "mae" else np.mean
        constant = np.array([center(train_labels) if len(train_labels) else 0.0])
    else:
        classes = max(width, 2)
        counts = np.bincount(train_labels.astype(np.int64), minlength=classes) + 1.0
        shares = counts / counts.sum()
        constant = shares if task is Task.MULTICLASS else shares[1:2]
    return np.tile(constant, (rows, 1))


def evaluation(
    task: Task, outputs: Floats, labels: Floats, train_labels: Floats, *, metric: str
) -> Facts:
    """Return the facts of evidence of kind `evaluation`: each metric and its baseline.

    `outputs` [n, width] and `labels` [n] are the holdout's; `metric` is the spec's. A figure that
    is not defined (AUC of one class) or not finite is None, and no clause passes on it.
    """
    constant = baseline_outputs(task, train_labels, len(labels), outputs.shape[1], metric=metric)
    facts: Facts = {"metric": metric, "rows": len(labels)}
    for prefix, answers in (("", outputs), ("baseline.", constant)):
        for name, value in evaluate(task, answers, labels).items():
            facts[prefix + name] = _finite(value)
    return facts


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
