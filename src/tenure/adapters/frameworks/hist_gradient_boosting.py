"""The recipe `hist_gradient_boosting`: scikit-learn's histogram boosting, answered as trees of ours.

Categories are ranks of their levels by the target. The number of trees is found on the newest fifth
of the rows, as by the recipe `lightgbm`.
"""

import logging
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import growing, params
from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.growing import MOST_TREES, SHORT_TREES, Files, Rows
from tenure.adapters.frameworks.params import Choice, Number
from tenure.core.models import Task
from tenure.core.signatures import Signature

_log = logging.getLogger("tenure.recipe")

NAME = "hist_gradient_boosting"
ALLOWED: params.Allowed = {
    "max_iter": Number(1, 2000, whole=True),  # given: that many trees, no search
    "learning_rate": Number(1e-4, 1.0),
    "max_leaf_nodes": Number(2, 1024, whole=True),
    "max_depth": Number(1, 64, whole=True),
    "min_samples_leaf": Number(1, 100_000, whole=True),
    "l2_regularization": Number(0, 1e6),
    "max_features": Number(0.01, 1.0),
    "max_bins": Number(3, 255, whole=True),
    "objective": Choice(("l1", "l2")),  # of regression
}
DEFAULTS: dict[str, object] = {
    "learning_rate": 0.08,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "l2_regularization": 5.0,
    "max_features": 0.6,
}
_LOSSES = {"l1": "absolute_error", "l2": "squared_error"}


def train(table: pa.Table, signature: Signature, given: dict[str, object], seed: int) -> Files:
    """Return the files of a version trained on `table`, by one thread."""
    import sklearn.ensemble  # noqa: F401  # only what is loaded can be limited
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1, user_api="openmp"):  # else it takes every core, and spins there
        return _train(table, signature, given, seed)


def _train(table: pa.Table, signature: Signature, given: dict[str, object], seed: int) -> Files:
    from tenure.adapters.frameworks.foreign import sktrees

    wanted = params.checked(NAME, given, ALLOWED)
    rows = growing.rows_of(table, signature)
    settings = {**DEFAULTS, **wanted, "random_state": seed, "early_stopping": False}
    if "objective" in settings and signature.task is not Task.REGRESSION:
        raise params.refused(NAME, f"objective = {wanted['objective']!r}", "only for regression")
    if signature.task is Task.REGRESSION:
        settings["loss"] = _LOSSES[str(settings.pop("objective", "l1"))]
    count = settings.pop("max_iter", None) or _trees(rows, settings, signature.task)
    model = _model(settings, int(cast("int", count)), signature.task).fit(rows.matrix, rows.labels)
    _log.info("hist_gradient_boosting: %d rows, %d features, %s trees", *rows.matrix.shape, count)
    present = growing.present(model, signature)
    seen = growing.narrowed(signature, present)
    forest = sktrees.forest(model, rows.matrix.shape[1], list(range(len(present))), seen)
    if signature.task is Task.MULTICLASS:
        forest = growing.spread(forest, present, signature.width)
    files = growing.files_of(forest, rows.encoding)
    return growing.proven(
        files, signature, table, lambda: growing.answered(model, rows.matrix, signature)
    )


def _model(settings: dict[str, object], count: int, task: Task) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = (
        HistGradientBoostingRegressor if task is Task.REGRESSION else HistGradientBoostingClassifier
    )
    return kind(max_iter=count, **settings)


def _trees(rows: Rows, settings: dict[str, object], task: Task) -> int:
    """Return after how many trees the loss on the newest rows is least."""
    parts = rows.split()
    if parts is None:
        return SHORT_TREES
    older, newest = parts
    if len(np.unique(older.labels)) < 2:  # noqa: PLR2004  # nothing to learn from there
        return SHORT_TREES
    model = _model(settings, MOST_TREES, task).fit(older.matrix, older.labels)
    losses = list(_losses(model, newest, task, settings))
    return int(np.argmin(losses)) + 1


def _losses(model: Any, newest: Rows, task: Task, settings: dict[str, object]) -> Iterator[float]:
    if task is Task.REGRESSION:
        power = 1 if settings["loss"] == "absolute_error" else 2
        for answers in model.staged_predict(newest.matrix):
            yield float((np.abs(answers - newest.labels) ** power).mean())
        return
    known = np.isin(newest.labels, model.classes_)
    places = np.searchsorted(model.classes_, newest.labels[known])
    for answers in model.staged_predict_proba(newest.matrix[known]):
        yield _log_loss(answers, places)


def _log_loss(answers: Floats, places: Any) -> float:
    chosen = answers[np.arange(len(places)), places]
    return float(-np.log(np.clip(chosen, 1e-15, 1.0)).mean()) if len(places) else 0.0
