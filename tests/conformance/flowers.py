"""Small tables to train on: two numbers and a category decide, with gaps; one column is noise."""

import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.training import TrainTask

FEATURES = (
    Column("length", ColumnType.FLOAT),
    Column("petals", ColumnType.INT),
    Column("soil", ColumnType.CATEGORY),
    Column("noise", ColumnType.FLOAT),
)
SOILS = ("chalk", "clay", "Löß", "sand")


def signature(task: Task = Task.BINARY) -> Signature:
    classes = {Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c"), Task.REGRESSION: ()}
    return Signature(task, FEATURES, "blooms", classes[task])


def table(task: Task = Task.BINARY, rows: int = 900, seed: int = 1) -> pa.Table:
    """Return rows in time order; the last sixth has the role holdout."""
    generator = np.random.default_rng(seed)
    length, noise = generator.normal(size=(2, rows))
    petals = generator.integers(0, 9, size=rows)
    soil = generator.integers(0, len(SOILS), size=rows)
    truth = length + 0.4 * petals + np.array([-2.0, 0.0, 1.0, 2.0])[soil] - 2.0
    draw = generator.logistic(size=rows)
    label = {
        Task.BINARY: (truth + draw > 0).astype(np.float64),
        Task.MULTICLASS: np.digitize(truth + draw, [-1.0, 1.0]).astype(np.float64),
        Task.REGRESSION: truth + draw,
    }[task]
    gaps = generator.random(size=(3, rows)) < 0.05
    holdout = np.arange(rows) >= rows - rows // 6
    return pa.table(
        {
            "length": pa.array(length, mask=gaps[0]),
            "petals": pa.array(petals.astype(np.float64), mask=gaps[1]),
            "soil": pa.array([SOILS[code] for code in soil], mask=gaps[2]),
            "noise": noise,
            "__label": label,
            "__role": np.where(holdout, "holdout", "train"),
        }
    )


def parquet(rows: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(rows, buffer)
    return buffer.getvalue()


def booster_of(names: Sequence[str]) -> bytes:
    """Return the text of a model that LightGBM trained on these numbers."""
    import lightgbm

    rows = table()
    matrix = np.column_stack([rows.column(name).to_numpy() for name in names])
    data = lightgbm.Dataset(matrix, rows.column("__label").to_numpy(), feature_name=list(names))
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    return str(lightgbm.train(settings, data, 5).model_to_string()).encode()


def task(
    recipe: str = "lightgbm", kind: Task = Task.BINARY, *, data: bytes | None = None
) -> TrainTask:
    """Return a task that is done within seconds."""
    return TrainTask(
        recipe=recipe,
        params={},
        seed=7,
        signature=signature(kind),
        data=parquet(table(kind)) if data is None else data,
        minutes=2.0,
        memory_bytes=2 * 1024**3,
    )
