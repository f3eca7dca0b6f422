"""The recipe `catboost`: symmetric boosted trees by CatBoost, its statistics of categories included.

Kept and answered as trees of ours. The number of trees is found on the newest fifth of the rows, as
by the recipe `lightgbm`; statistics are of single categories unless `max_ctr_complexity` is raised.
"""

import logging
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.adapters.frameworks import encode, growing, params
from tenure.adapters.frameworks.growing import MOST_LEVELS, MOST_TREES, SHORT_ROWS, SHORT_TREES
from tenure.adapters.frameworks.params import Choice, Number
from tenure.core.columns import Column
from tenure.core.models import Task
from tenure.core.signatures import Signature

_log = logging.getLogger("tenure.recipe")

NAME = "catboost"
ALLOWED: params.Allowed = {
    "iterations": Number(1, 2000, whole=True),  # given: that many trees, no search
    "early_stopping_rounds": Number(1, 500, whole=True),
    "depth": Number(1, 10, whole=True),
    "learning_rate": Number(1e-4, 1.0),
    "l2_leaf_reg": Number(0, 1e6),
    "random_strength": Number(0, 1e3),
    "subsample": Number(0.01, 1.0),
    "rsm": Number(0.01, 1.0),
    "border_count": Number(3, 255, whole=True),
    "one_hot_max_size": Number(2, 100, whole=True),
    "max_ctr_complexity": Number(1, 2, whole=True),
    "objective": Choice(("l1", "l2")),  # of regression
}
DEFAULTS: dict[str, object] = {
    "early_stopping_rounds": 20,
    "depth": 5,
    "learning_rate": 0.08,
    "l2_leaf_reg": 5.0,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.7,
    "max_ctr_complexity": 1,
}
_FIXED: dict[str, object] = {
    "thread_count": 1,
    "verbose": False,
    "allow_writing_files": False,
}
_OBJECTIVES = {"l1": "MAE", "l2": "RMSE"}


def train(
    table: pa.Table, signature: Signature, given: dict[str, object], seed: int
) -> growing.Files:
    """Return the files of a version trained on `table`; raise `runtime.not_installed`."""
    from tenure.adapters.frameworks.foreign import catboosts
    from tenure.adapters.frameworks.foreign.forests import needed

    wanted = params.checked(NAME, given, ALLOWED)
    library = needed("catboost", "catboost")
    kept, columns = _kept(table, signature)
    settings = {**DEFAULTS, **wanted, **_objective(signature, wanted), **_FIXED}
    settings["random_seed"] = seed % (1 << 31)
    pool = _pool(library, kept, columns)
    patience = int(cast("int", settings.pop("early_stopping_rounds")))
    count = settings.pop("iterations", None) or _trees(library, pool, settings, patience)
    fitted = library.CatBoost({**settings, "iterations": count}).fit(pool)
    _log.info("catboost: %d rows, %d features, %s trees", table.num_rows, len(columns), count)
    forest, encoding = catboosts.taken(fitted, columns, signature.task)
    if signature.task is Task.MULTICLASS:
        known = [int(one) for one in fitted.classes_]
        forest = growing.spread(forest, known, signature.width)
    files = growing.files_of(forest, encoding)
    return growing.proven(files, signature, kept, lambda: _answers(fitted, pool, signature))


def _answers(fitted: Any, pool: Any, signature: Signature) -> Any:
    """Return what CatBoost answers, [rows, width]."""
    if signature.task is Task.REGRESSION:
        return fitted.predict(pool, prediction_type="RawFormulaVal", thread_count=1)
    answers = np.asarray(fitted.predict(pool, prediction_type="Probability", thread_count=1))
    if signature.task is Task.BINARY:
        return answers[:, 1]
    every = np.zeros((len(answers), signature.width))
    every[:, [int(one) for one in fitted.classes_]] = answers
    return every


def _objective(signature: Signature, wanted: dict[str, object]) -> dict[str, object]:
    if signature.task is not Task.REGRESSION and "objective" in wanted:
        raise params.refused(NAME, f"objective = {wanted['objective']!r}", "only for regression")
    if signature.task is Task.BINARY:
        return {"objective": "Logloss"}
    if signature.task is Task.MULTICLASS:
        return {"objective": "MultiClass"}
    return {"objective": _OBJECTIVES[str(wanted.get("objective", "l1"))]}


def _kept(table: pa.Table, signature: Signature) -> tuple[pa.Table, tuple[Column, ...]]:
    """Return the rows without infinities and rare levels, and the columns with the levels left."""
    columns, arrays = [], {"__label": table.column("__label")}
    fitted = encode.fit(table, signature.features, MOST_LEVELS)
    for column, feature in zip(signature.features, fitted.features, strict=True):
        given = table.column(column.name)
        if feature.levels is None:
            numbers = pc.cast(given, pa.float64())
            most = pa.scalar(growing.LARGEST)
            low = pc.if_else(pc.less(numbers, pc.negate(most)), pc.negate(most), numbers)
            arrays[column.name] = pc.if_else(pc.greater(low, most), most, low)
            columns.append(column)
            continue
        texts = pc.cast(given, pa.string())
        known = pc.is_in(texts, value_set=pa.array(feature.levels, pa.string()))
        arrays[column.name] = pc.if_else(known, texts, pa.scalar(None, pa.string()))
        columns.append(replace(column, levels=feature.levels))
    return pa.table(arrays), tuple(columns)


def _pool(library: Any, table: pa.Table, columns: tuple[Column, ...]) -> Any:
    from tenure.adapters.frameworks.foreign import catboosts

    labels = np.asarray(table.column("__label").to_numpy(), dtype=np.float64)
    frame, texts = catboosts.frame_of(table, columns)
    return library.Pool(frame, labels, cat_features=sorted(texts))


def _trees(library: Any, pool: Any, settings: dict[str, object], patience: int) -> int:
    count = pool.num_row()
    if count < SHORT_ROWS:
        return SHORT_TREES
    cut = int(count * (1.0 - growing.NEWEST_SHARE))
    older, newest = pool.slice(list(range(cut))), pool.slice(list(range(cut, count)))
    if len(np.unique(older.get_label())) < 2:  # noqa: PLR2004  # nothing to learn from there
        return SHORT_TREES
    model = library.CatBoost({**settings, "iterations": MOST_TREES})
    model.fit(older, eval_set=newest, early_stopping_rounds=patience, use_best_model=True)
    return max(1, int(model.tree_count_))
