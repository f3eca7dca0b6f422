"""A fitted model of scikit-learn, with the columns it takes and the classes in our order."""

import contextlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks.encode import Floats
from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature

_KINDS: dict[ColumnType, Any] = {ColumnType.BOOL: np.bool_, ColumnType.INT: np.int64}


@dataclass(frozen=True, slots=True)
class Estimator:
    """A fitted model with the columns it takes; `places` put its classes into our order.

    `typed`: truths and whole numbers are handed on as such where none is missing, not as floats.
    """

    model: Any
    columns: tuple[Column, ...]
    named: bool
    places: list[int]
    signature: Signature
    typed: bool = False

    def rows(self, table: pa.Table) -> Any:
        """Return the table as the model was trained on one: a frame, or an array."""
        return self.given({c.name: _values(table, c) for c in self.columns})

    def given(self, columns: dict[str, Any]) -> Any:
        """Return columns of floats and objects, by name, as the model was trained on them."""
        typed = [self._typed(column, columns[column.name]) for column in self.columns]
        if not self.named:
            return np.column_stack(typed)
        import pandas as pd

        return pd.DataFrame({c.name: one for c, one in zip(self.columns, typed, strict=True)})

    def fitting(self) -> "Estimator":
        """Return the way of handing over rows in which the model answers at all."""
        row = {c.name: np.zeros(1) for c in self.columns}
        row |= {
            c.name: np.array(c.levels[:1] or ["?"], object)
            for c in self.columns
            if c.type is ColumnType.CATEGORY
        }
        for one in (self, replace(self, typed=True)):
            with contextlib.suppress(Exception):
                self.outputs(one.model, one.given(row))
                return one
        return self

    def _typed(self, column: Column, values: Any) -> Any:
        kind = _KINDS.get(column.type) if self.typed else None
        return values if kind is None or np.isnan(values).any() else values.astype(kind)

    def answer(self, table: pa.Table) -> Floats:
        """Return what the model says, [rows, width]."""
        return self.outputs(self.model, self.rows(table))

    def outputs(self, model: Any, rows: Any) -> Floats:
        if self.signature.task is Task.REGRESSION:
            return np.asarray(model.predict(rows), np.float64).reshape(len(rows), -1)
        found = np.asarray(model.predict_proba(rows), np.float64)[:, self.places]
        return found[:, 1:] if self.signature.task is Task.BINARY else found


def _values(table: pa.Table, column: Column) -> Any:
    values = table.column(column.name)
    if column.type is not ColumnType.CATEGORY:
        return np.asarray(values.cast(pa.float64()).to_numpy(), np.float64)
    texts = values.cast(pa.string()).to_pylist()
    return np.array([np.nan if text is None else text for text in texts], dtype=object)
