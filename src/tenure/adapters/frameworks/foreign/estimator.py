"""A fitted model of scikit-learn, with the columns it takes and the classes in our order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks.encode import Floats
from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature


@dataclass(frozen=True, slots=True)
class Estimator:
    """A fitted model with the columns it takes; `places` put its classes into our order."""

    model: Any
    columns: tuple[Column, ...]
    named: bool
    places: list[int]
    signature: Signature

    def rows(self, table: pa.Table) -> Any:
        """Return the table as the model was trained on one: a frame, or an array."""
        if not self.named:
            return np.column_stack([_numbers(table, column) for column in self.columns])
        import pandas as pd

        return pd.DataFrame({c.name: _values(table, c) for c in self.columns})

    def answer(self, table: pa.Table) -> Floats:
        """Return what the model says, [rows, width]."""
        return self.outputs(self.model, self.rows(table))

    def outputs(self, model: Any, rows: Any) -> Floats:
        if self.signature.task is Task.REGRESSION:
            return np.asarray(model.predict(rows), np.float64).reshape(len(rows), -1)
        found = np.asarray(model.predict_proba(rows), np.float64)[:, self.places]
        return found[:, 1:] if self.signature.task is Task.BINARY else found


def _numbers(table: pa.Table, column: Column) -> Floats:
    return np.asarray(table.column(column.name).cast(pa.float64()).to_numpy(), np.float64)


def _values(table: pa.Table, column: Column) -> Any:
    if column.type is not ColumnType.CATEGORY:
        return _numbers(table, column)
    texts = table.column(column.name).cast(pa.string()).to_pylist()
    return np.array([np.nan if text is None else text for text in texts], dtype=object)
