"""A file of Python code with a function `predict`. It runs in the jail only.

`predict(columns)` gets a dictionary with an array per feature: float64 with NaN for what is missing,
or objects that are texts and None. It returns an array `[rows]`, or `[rows, width]`: a number, the
probability of the second class, or one of each class.
"""

import platform
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.foreign.original import Original, unreadable, wrong_inputs
from tenure.core.columns import ColumnType
from tenure.core.signatures import Signature

_FUNCTION = "predict"


def opened(data: bytes, signature: Signature) -> Original:
    """Run the file and return its function; raise `version.unreadable`, `version.wrong_inputs`."""
    module = ModuleType("model")
    try:
        exec(compile(data, "model.py", "exec"), vars(module))  # noqa: S102  # held by the jail
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:  # foreign code may raise anything
        raise unreadable("Python model", f"{type(error).__name__}: {error}") from error
    function = getattr(module, _FUNCTION, None)
    if not callable(function):
        raise wrong_inputs(
            f"the file defines no function {_FUNCTION!r}",
            "def predict(columns): … gets an array per feature and returns one number a row",
        )

    def answer(table: pa.Table) -> Floats:
        found = np.asarray(function(_columns(table, signature)), np.float64)
        return found.reshape(table.num_rows, -1)

    return Original(f"Python {platform.python_version()}", answer)


def _columns(table: pa.Table, signature: Signature) -> dict[str, Any]:
    return {
        column.name: _values(table.column(column.name), column.type)
        for column in signature.features
    }


def _values(column: Any, kind: ColumnType) -> Any:
    if kind is ColumnType.CATEGORY:
        return np.array(column.cast(pa.string()).to_pylist(), dtype=object)
    return np.array(column.cast(pa.float64()).to_numpy(), np.float64)  # writable: a copy
