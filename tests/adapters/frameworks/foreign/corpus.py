"""Models as strangers make and save them, by name: what is handed in, and what it becomes.

The rows are customers: two numbers, a whole one, a truth and two categories, with gaps.
"""

import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature

FEATURES = (
    Column("age", ColumnType.FLOAT),
    Column("spent", ColumnType.FLOAT, nulls=False),
    Column("visits", ColumnType.INT, nulls=False),
    Column("vip", ColumnType.BOOL, nulls=False),
    Column("plan", ColumnType.CATEGORY, levels=("basic", "plus", "team")),
    Column("city", ColumnType.CATEGORY, nulls=False, levels=tuple("abcdefgh")),
)
NUMBERS = ["age", "spent", "visits", "vip"]
TEXTS = ["plan", "city"]
ALL = NUMBERS + TEXTS
_CLASSES = {Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c"), Task.REGRESSION: ()}


def signature(task: Task = Task.BINARY) -> Signature:
    return Signature(task, FEATURES, "left", _CLASSES[task])


def frame(task: Task = Task.BINARY, rows: int = 700, seed: int = 3) -> tuple[pd.DataFrame, Any]:
    """Return the rows as a data scientist has them, and the truth."""
    dice = np.random.default_rng(seed)
    age, spent = dice.normal(40, 12, rows).round(2), dice.gamma(2.0, 30.0, rows)
    visits, vip = dice.integers(0, 30, rows), dice.random(rows) < 0.3
    plan, city = (
        dice.choice(3, rows),
        dice.choice(8, rows, p=[0.3, 0.2, 0.15, 0.15, 0.1, 0.05, 0.03, 0.02]),
    )
    pull = (age - 40) / 12 + 0.6 * plan - np.sin(city) + 0.03 * visits * vip - spent / 90
    draw = pull + dice.logistic(size=rows)
    truth = {
        Task.BINARY: (draw > 0).astype(int),
        Task.MULTICLASS: np.digitize(draw, [-1.0, 1.0]),
        Task.REGRESSION: draw,
    }[task]
    texts = np.array(["basic", "plus", "team"], object)[plan]
    texts[dice.random(rows) < 0.06] = None
    age[dice.random(rows) < 0.06] = np.nan
    given = pd.DataFrame(
        {
            "age": age,
            "spent": spent,
            "visits": visits,
            "vip": vip,
            "plan": pd.Series(texts, dtype=object),
            "city": pd.Series(np.array(list("abcdefgh"), object)[city], dtype=object),
        }
    )
    return given, truth


def table(task: Task = Task.BINARY) -> pa.Table:
    """Return the rows as the jail gets them."""
    given, truth = frame(task)
    columns = {name: pa.array(given[name], pa.string(), from_pandas=True) for name in TEXTS}
    columns |= {n: pa.array(given[n].astype(float), from_pandas=True) for n in NUMBERS}
    holdout = np.arange(len(given)) >= len(given) * 5 // 6
    return pa.table(
        {name: columns[name] for name in ALL}
        | {"__label": truth.astype(float), "__role": np.where(holdout, "holdout", "train")}
    )


def whole(task: Task = Task.BINARY) -> tuple[pd.DataFrame, Any]:
    """Return the rows with every gap filled."""
    given, truth = frame(task)
    return given.fillna({"age": 40.0, "plan": "basic"}), truth


def coded(given: pd.DataFrame) -> pd.DataFrame:
    return given.astype(dict.fromkeys(TEXTS, "category"))


def pickled(model: Any) -> bytes:
    return pickle.dumps(model)


def saved(model: Any, name: str) -> bytes:
    """Return what a model's own `save_model` writes under a name."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / name
        model.save_model(str(place))
        return place.read_bytes()
