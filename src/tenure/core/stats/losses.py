"""Per-row losses: what one answer cost, given the truth that arrived later.

Lower is better for every loss, so gates and monitors need no table of directions. Arrays in,
arrays out; nothing here averages (`metrics.py` does).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tenure.core.errors import invalid
from tenure.core.models import Task

Floats = NDArray[np.float64]

CLIP = 1e-15
"""Probabilities are kept this far from 0 and 1, as scikit-learn did; a sure error costs 34.5."""


def log_loss(outputs: Floats, labels: Floats) -> Floats:
    """Return -log of the probability that was given to the truth, in nats.

    `outputs` is [n, 1] (probability of class 1) or [n, classes]; `labels` are class indices.
    """
    return -np.log(np.clip(_probability_of_truth(outputs, labels), CLIP, 1.0))


def brier(outputs: Floats, labels: Floats) -> Floats:
    """Return the squared error of the probabilities (Brier 1950).

    Binary: (p - y)², in [0, 1]. Multiclass: the sum over the classes, in [0, 2].
    """
    if outputs.shape[1] == 1:
        return np.square(outputs[:, 0] - labels)
    truth = labels[:, None] == np.arange(outputs.shape[1])
    return np.asarray(np.square(outputs - truth).sum(axis=1), dtype=np.float64)


def accuracy_error(outputs: Floats, labels: Floats) -> Floats:
    """Return 1 where the most probable class is wrong, else 0. A binary 0.5 counts as class 1."""
    if outputs.shape[1] == 1:
        wrong = (outputs[:, 0] >= 0.5) != (labels == 1.0)  # noqa: PLR2004 — the middle
    else:
        wrong = outputs.argmax(axis=1) != labels
    return np.asarray(wrong, dtype=np.float64)


def absolute_error(outputs: Floats, labels: Floats) -> Floats:
    """Return |answer - truth| in the target's unit."""
    return np.abs(outputs[:, 0] - labels)


def squared_error(outputs: Floats, labels: Floats) -> Floats:
    """Return (answer - truth)² in the target's unit, squared."""
    return np.square(outputs[:, 0] - labels)


_CLASSES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "log_loss": log_loss,
    "brier": brier,
    "accuracy": accuracy_error,
}
_NUMBERS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "mae": absolute_error,
    "mse": squared_error,
    "rmse": squared_error,  # the root is taken of the mean, in metrics.py
}


def names(task: Task) -> tuple[str, ...]:
    """Return the metrics that have a per-row loss for the task."""
    return tuple(_losses(task))


def rows(metric: str, task: Task, outputs: Floats, labels: Floats) -> Floats:
    """Return the loss of each row under `metric`, [n].

    `outputs` is [n, width] as `Signature.width` says, `labels` [n]. `accuracy` gives 0/1 errors
    and `rmse` squared errors. Raises `metric.unknown`, or `metric.bad_shape` for arrays that do
    not belong together.
    """
    loss = _losses(task).get(metric)
    if loss is None:
        known = ", ".join(names(task))
        raise invalid(
            "metric.unknown", f"{metric!r} has no loss per row for a {task} model", hint=known
        )
    checked(outputs, labels)
    return loss(outputs, labels)


def checked(outputs: Floats, labels: Floats) -> None:
    """Raise `metric.bad_shape` unless outputs are [n, width] and labels [n]."""
    if outputs.ndim != 2 or labels.shape != (outputs.shape[0],):  # noqa: PLR2004 — a table
        raise invalid(
            "metric.bad_shape",
            f"outputs {outputs.shape} and labels {labels.shape} do not belong together",
            hint="outputs are [rows, width], labels are [rows]",
        )


def _losses(task: Task) -> dict[str, Callable[[Floats, Floats], Floats]]:
    return _NUMBERS if task is Task.REGRESSION else _CLASSES


def _probability_of_truth(outputs: Floats, labels: Floats) -> Floats:
    if outputs.shape[1] == 1:
        return np.where(labels == 1.0, outputs[:, 0], 1.0 - outputs[:, 0])
    return outputs[np.arange(len(labels)), labels.astype(np.intp)]
