"""The recipe `random_forest`: scikit-learn's forests of averaged trees, answered as trees of ours.

Categories are ranks of their levels by the target.
"""

import logging
from typing import Any

import pyarrow as pa

from tenure.adapters.frameworks import growing, params
from tenure.adapters.frameworks.growing import Files
from tenure.adapters.frameworks.params import Number
from tenure.core.models import Task
from tenure.core.signatures import Signature

_log = logging.getLogger("tenure.recipe")

NAME = "random_forest"
ALLOWED: params.Allowed = {
    "n_estimators": Number(1, 1000, whole=True),
    "max_depth": Number(1, 32, whole=True),
    "min_samples_leaf": Number(1, 100_000, whole=True),
    "max_features": Number(0.01, 1.0),
    "max_samples": Number(0.01, 1.0),
}
DEFAULTS: dict[str, object] = {
    "n_estimators": 100,
    "max_depth": 12,
    "min_samples_leaf": 5,
    "max_features": 0.4,
}


def train(table: pa.Table, signature: Signature, given: dict[str, object], seed: int) -> Files:
    """Return the files of a version trained on `table`."""
    from tenure.adapters.frameworks.foreign import sktrees

    wanted = params.checked(NAME, given, ALLOWED)
    rows = growing.rows_of(table, signature)
    settings = {**DEFAULTS, **wanted, "random_state": seed, "n_jobs": 1}
    model = _model(settings, signature.task).fit(rows.matrix, rows.labels)
    _log.info("random_forest: %d rows, %d features", *rows.matrix.shape)
    present = growing.present(model, signature)
    seen = growing.narrowed(signature, present)
    forest = sktrees.forest(model, rows.matrix.shape[1], list(range(len(present))), seen)
    if signature.task is Task.MULTICLASS:
        forest = growing.spread(forest, present, signature.width)
    files = growing.files_of(forest, rows.encoding)
    return growing.proven(
        files, signature, table, lambda: growing.answered(model, rows.matrix, signature)
    )


def _model(settings: dict[str, object], task: Task) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestRegressor if task is Task.REGRESSION else RandomForestClassifier
    return kind(**settings)
