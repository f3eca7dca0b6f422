"""The recipe `xgboost`: boosted trees by XGBoost, kept and answered as trees of ours.

Categories are ranks of their levels by the target. The number of trees is found on the newest fifth
of the rows, as by the recipe `lightgbm`.
"""

import logging
from typing import Any, cast

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import growing, params
from tenure.adapters.frameworks.growing import MOST_TREES, SHORT_TREES, Files, Rows
from tenure.adapters.frameworks.params import Choice, Number
from tenure.core.models import Task
from tenure.core.signatures import Signature

_log = logging.getLogger("tenure.recipe")

NAME = "xgboost"
ALLOWED: params.Allowed = {
    "num_boost_round": Number(1, 2000, whole=True),  # given: that many trees, no search
    "early_stopping_rounds": Number(1, 500, whole=True),
    "max_depth": Number(1, 16, whole=True),
    "learning_rate": Number(1e-4, 1.0),
    "min_child_weight": Number(0, 1e6),
    "gamma": Number(0, 1e6),
    "reg_alpha": Number(0, 1e6),
    "reg_lambda": Number(0, 1e6),
    "subsample": Number(0.01, 1.0),
    "colsample_bytree": Number(0.01, 1.0),
    "max_bin": Number(3, 1024, whole=True),
    "objective": Choice(("l1", "l2")),  # of regression
}
DEFAULTS: dict[str, object] = {
    "early_stopping_rounds": 20,
    "max_depth": 4,
    "learning_rate": 0.08,
    "min_child_weight": 5.0,
    "reg_lambda": 5.0,
    "subsample": 0.7,
    "colsample_bytree": 0.6,
}
_FIXED: dict[str, object] = {"nthread": 1, "verbosity": 0, "tree_method": "hist"}
_OBJECTIVES = {"l1": "reg:absoluteerror", "l2": "reg:squarederror"}


def train(table: pa.Table, signature: Signature, given: dict[str, object], seed: int) -> Files:
    """Return the files of a version trained on `table`; raise `runtime.not_installed`."""
    from tenure.adapters.frameworks.foreign import xgboosts
    from tenure.adapters.frameworks.foreign.forests import needed

    wanted = params.checked(NAME, given, ALLOWED)
    library = needed("xgboost", "xgboost")
    rows = growing.rows_of(table, signature)
    settings = {**DEFAULTS, **wanted, **_objective(signature, wanted), **_FIXED, "seed": seed}
    patience = int(cast("int", settings.pop("early_stopping_rounds")))
    count = settings.pop("num_boost_round", None) or _trees(library, rows, settings, patience)
    fitted = library.train(settings, _data(library, rows), int(cast("int", count)))
    _log.info("xgboost: %d rows, %d features, %s trees", *rows.matrix.shape, count)
    files = growing.files_of(xgboosts.forest(fitted), rows.encoding)
    return growing.proven(files, signature, table, lambda: fitted.predict(_data(library, rows)))


def _objective(signature: Signature, wanted: dict[str, object]) -> dict[str, object]:
    if signature.task is not Task.REGRESSION and "objective" in wanted:
        raise params.refused(NAME, f"objective = {wanted['objective']!r}", "only for regression")
    if signature.task is Task.BINARY:
        return {"objective": "binary:logistic"}
    if signature.task is Task.MULTICLASS:
        return {"objective": "multi:softprob", "num_class": len(signature.classes)}
    return {"objective": _OBJECTIVES[str(wanted.get("objective", "l1"))]}


def _trees(library: Any, rows: Rows, settings: dict[str, object], patience: int) -> int:
    parts = rows.split()
    if parts is None:
        return SHORT_TREES
    older, newest = (_data(library, part) for part in parts)
    found = library.train(
        settings,
        older,
        MOST_TREES,
        evals=[(newest, "newest")],
        early_stopping_rounds=patience,
        verbose_eval=False,
    )
    return int(found.best_iteration) + 1


def _data(library: Any, rows: Rows) -> Any:
    return library.DMatrix(rows.matrix, rows.labels, missing=np.nan, nthread=1)
