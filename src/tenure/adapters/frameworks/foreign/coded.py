"""Training code of a user's, run: in the jail and nowhere else. What it leaves is bytes.

The process that runs it is not believed: another one opens the bytes as a file from elsewhere is
opened, and only that one sees the rows that judge.
"""

import importlib
import io
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tenure.adapters.frameworks.foreign.pickles import written
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import invalid
from tenure.core.models import Task
from tenure.core.packages import unpack
from tenure.core.signatures import Signature
from tenure.core.told import Told
from tenure.ports.training import FitTask, Fitted
from tenure.training import Context, Result, Train, params_for


def fit(task: FitTask, told: Told, folder: Path = Path("code")) -> Fitted:
    """Run the function on the rows; what it logs goes to `told`.

    Raises `run.no_function`, `run.bad_param`, `run.no_model`.
    """
    began = time.process_time()
    _unfold(unpack(task.package), folder)
    table = pq.read_table(io.BytesIO(task.data), use_threads=False, pre_buffer=False)
    context = context_of(table, task.signature, task.seed)
    context.told, context.restored = told, task.restored
    train = _function(task.entry)
    params = params_for(train, task.params)
    result = train(context, params)
    if not isinstance(result, Result):
        raise invalid(
            "run.no_model",
            f"{task.entry} returned a {type(result).__name__}",
            hint="return Result(model), of tenure.training",
        )
    file, name = exported(result.model)
    return Fitted(
        file=file,
        name=name,
        format=result.format,
        cpu_seconds=time.process_time() - began,
    )


def context_of(table: pa.Table, signature: Signature, seed: int) -> Context:
    """Return the context of rows with a `__label`, in time order."""
    arrays = {column.name: _array(table, column) for column in signature.features}
    target = np.asarray(table.column("__label").to_numpy(), np.float64)
    kind = np.float64 if signature.task is Task.REGRESSION else np.int64
    return Context(pa.table(arrays), target.astype(kind), signature.classes, seed)


def _array(table: pa.Table, column: Column) -> Any:
    kind = pa.string() if column.type is ColumnType.CATEGORY else pa.float64()
    return table.column(column.name).cast(kind)


def _unfold(files: Mapping[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    sys.path.insert(0, str(folder.resolve()))
    sys.dont_write_bytecode = True


def _function(entry: str) -> Train:
    module, _, name = entry.partition(":")
    found = getattr(importlib.import_module(module), name, None)
    if not callable(found):
        raise invalid("run.no_function", f"{module} has no function {name!r}", where="train.code")
    train: Train = found
    return train


def exported(model: Any) -> tuple[bytes, str]:
    """Return a fitted model as the bytes of a file, with a name that tells its format.

    Raises `run.no_model` for what is not known, and what its library raises.
    """
    kind = f"{type(model).__module__}.{type(model).__name__}"
    if isinstance(model, bytes):
        return model, "model"
    if kind == "lightgbm.basic.Booster":
        return model.model_to_string().encode(), "model.txt"
    if kind == "xgboost.core.Booster":
        return bytes(model.save_raw("ubj")), "model.ubj"
    if kind.startswith("catboost."):
        model.save_model("model.cbm")
        return Path("model.cbm").read_bytes(), "model.cbm"
    if kind.startswith("onnx.") and hasattr(model, "SerializeToString"):
        return model.SerializeToString(), "model.onnx"
    if hasattr(model, "predict"):
        return written(model), "model.pkl"
    raise invalid(
        "run.no_model",
        f"nobody knows how to keep a {kind}",
        hint="a fitted model of LightGBM, XGBoost, CatBoost or scikit-learn, or a file's bytes",
    )
