"""Which recipes and runtimes there are, and what a task asks of them."""

import importlib.metadata
import inspect
import io
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenure.adapters.frameworks import (
    booster,
    catboost,
    encode,
    explaining,
    growing,
    hist_gradient_boosting,
    lightgbm,
    linear,
    onnx,
    params,
    random_forest,
    trees,
    xgboost,
)
from tenure.core import digests
from tenure.core.errors import TenureError, invalid, not_found
from tenure.core.hosting import Hosting
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.training import Explainer, ScoreTask, TablePredictor, TrainResult, TrainTask

LABEL, ROLE = "__label", "__role"
TRAIN, HOLDOUT = "train", "holdout"
_LEAST_CLASSES = 2


Train = Callable[[pa.Table, Signature, dict[str, object], int], dict[str, bytes]]
Load = Callable[[dict[str, bytes], Signature], TablePredictor]
_RUNTIMES: dict[str, Load] = {
    lightgbm.NAME: lightgbm.load,
    linear.NAME: linear.load,
    onnx.NAME: onnx.load,
    trees.NAME: trees.load,
}
_RECIPES: dict[str, tuple[Train, str, ModuleType, str]] = {
    lightgbm.NAME: (lightgbm.train, lightgbm.NAME, lightgbm, "lightgbm"),
    linear.NAME: (linear.train, linear.NAME, linear, "scikit-learn"),
    xgboost.NAME: (xgboost.train, trees.NAME, xgboost, "xgboost"),
    catboost.NAME: (catboost.train, trees.NAME, catboost, "catboost"),
    hist_gradient_boosting.NAME: (
        hist_gradient_boosting.train,
        trees.NAME,
        hist_gradient_boosting,
        "scikit-learn",
    ),
    random_forest.NAME: (random_forest.train, trees.NAME, random_forest, "scikit-learn"),
}


class FrameworkRuntimes:
    """Implements `ports.training.Runtimes` for every runtime of this folder."""

    def load(
        self,
        runtime: str,
        files: dict[str, bytes],
        signature: Signature,
        hosting: Hosting | None = None,
    ) -> TablePredictor:
        del hosting  # none of these needs a process of its own
        loader = _RUNTIMES.get(runtime)
        if loader is None:
            known = ", ".join(sorted(_RUNTIMES))
            raise not_found("runtime.unknown", f"no runtime {runtime!r}", hint=f"known: {known}")
        return loader(files, signature)

    def explainer(
        self, runtime: str, files: dict[str, bytes], signature: Signature
    ) -> Explainer | None:
        known = explaining.EXPLAINERS.get(runtime)
        return None if known is None else known(files, signature)


def train(task: TrainTask) -> TrainResult:
    """Train on the rows with role train; answer the rows with role holdout.

    Raises `recipe.unknown`, `run.bad_param`, `run.no_rows`, `run.one_class`, `run.bad_labels`,
    `run.missing_column`, `run.bad_column` or `run.bad_data`.
    """
    began = time.process_time()
    recipe, runtime, _, _ = _recipe(task.recipe)
    table = _read(task.data)
    rows = _with_role(table, TRAIN)
    _check_labels(rows, task.signature)
    files = recipe(rows, task.signature, task.params, task.seed)
    predictor = FrameworkRuntimes().load(runtime, files, task.signature)
    holdout = predictor.predict_table(_with_role(table, HOLDOUT)).tolist()
    spent = time.process_time() - began
    return TrainResult(runtime, files, holdout, code_digest(task.recipe), spent, "")


def score(task: ScoreTask, load: Load | None = None) -> list[list[float]]:
    """Return the outputs of a version for the rows of `task.data`; `load` opens what only it can."""
    if load is None:
        predictor = FrameworkRuntimes().load(task.runtime, task.files, task.signature)
    else:
        predictor = load(task.files, task.signature)
    answered: list[list[float]] = predictor.predict_table(_read(task.data)).tolist()
    return answered


def recipes() -> tuple[str, ...]:
    """Return the names of the recipes."""
    return tuple(_RECIPES)


@cache
def code_digest(recipe: str) -> str:
    """Return the digest of a recipe's source and of the library that it calls."""
    _, runtime, module, library = _recipe(recipe)
    modules = [module, encode, params, booster]
    if runtime == trees.NAME:
        modules += [growing, trees]
    sources = {m.__name__: digests.of_bytes(inspect.getsource(m).encode()) for m in modules}
    versions = {name: _version(name) for name in (library, "numpy")}
    return digests.of_value({"format": 1, "sources": sources, "libraries": versions})


def _version(library: str) -> str:
    """Return the version of a library, "" where it is not installed; XGBoost has two packages."""
    names = (library, f"{library}-cpu")
    for name in names:
        with suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(name)
    return ""


def _recipe(name: str) -> tuple[Train, str, ModuleType, str]:
    if name not in _RECIPES:
        known = ", ".join(sorted(_RECIPES))
        raise invalid("recipe.unknown", f"there is no recipe {name!r}", hint=f"known: {known}")
    return _RECIPES[name]


def _read(data: bytes) -> pa.Table:
    """Read Parquet bytes in this thread: the jail's processes are forked."""
    try:
        return pq.ParquetFile(io.BytesIO(data), pre_buffer=False).read(use_threads=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise invalid("run.bad_data", f"the data is not Parquet: {error}") from error


def _with_role(table: pa.Table, role: str) -> pa.Table:
    for name in (ROLE, LABEL):
        if name not in table.column_names:
            raise invalid("run.missing_column", f"the data has no column {name!r}")
    return table.filter(
        pc.equal(table.column(ROLE).cast(pa.string()), pa.scalar(role))
    ).combine_chunks()


def _check_labels(table: pa.Table, signature: Signature) -> None:
    labels = np.asarray(table.column(LABEL).to_numpy(), dtype=np.float64)
    if len(labels) == 0:
        raise invalid("run.no_rows", "the training window holds no labelled rows")
    if not np.isfinite(labels).all():
        raise _bad_labels("a label is missing or infinite")
    found = np.unique(labels)
    if len(found) < _LEAST_CLASSES:
        raise invalid(
            "run.one_class",
            f"every one of the {len(labels)} training rows has the same target",
            hint="a longer window may hold rows of more than one kind",
        )
    classes = len(signature.classes)
    if signature.task is not Task.REGRESSION and not np.isin(found, np.arange(classes)).all():
        raise _bad_labels(f"a label is not the index of one of the {classes} classes")


def _bad_labels(message: str) -> TenureError:
    return invalid("run.bad_labels", message)
