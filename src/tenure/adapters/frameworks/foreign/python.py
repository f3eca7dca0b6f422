"""The runtime `python`: the original answers itself. Loaded in the jail only.

Its files are what was handed in, unopened, and how to open it. Python and libraries are recorded:
another installation may read the same file differently.
"""

import platform
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import encode
from tenure.adapters.frameworks.encode import Floats, broken
from tenure.adapters.frameworks.foreign import formats
from tenure.adapters.frameworks.foreign.original import Files, Original
from tenure.core.columns import Column, ColumnType
from tenure.core.hosting import RUNTIME
from tenure.core.signatures import Signature

NAME = RUNTIME
FILE = "model.bin"
HEAD = "python.json"


class Head(msgspec.Struct, frozen=True):
    """How to open the file, and what opened it when it was taken in."""

    name: str
    said: str
    levels: dict[str, tuple[str, ...]]  # of each category, as it was opened with
    library: str
    python: str
    format: int = 1


def head(original: Original, known: Signature, name: str, said: str) -> Head:
    """Return what a version says of a file that was opened with the levels of `known`."""
    levels = {c.name: c.levels for c in known.features if c.type is ColumnType.CATEGORY}
    return Head(name, said, levels, original.library, platform.python_version())


def files(data: bytes, said: Head) -> Files:
    """Return the files of a version."""
    return {FILE: data, HEAD: msgspec.json.encode(said, order="deterministic")}


def load(files: Files, signature: Signature) -> "PythonPredictor":
    """Open the original; raise `runtime.broken_files` and what its opener raises."""
    said = encode.decoded(files, HEAD, Head)
    if FILE not in files or said.format != 1:
        raise broken(HEAD, f"{FILE} is missing, or format {said.format} is newer than this Tenure")
    features = tuple(
        replace(column, levels=said.levels.get(column.name, column.levels))
        for column in signature.features
    )
    known = replace(signature, features=features)
    return PythonPredictor(formats.opened(files[FILE], said.name, said.said, known), known)


class PythonPredictor:
    """A loaded version."""

    def __init__(self, original: Original, signature: Signature) -> None:
        self._original = original
        self._columns = signature.features

    def predict(self, columns: dict[str, list[Any]], rows: int) -> list[list[float]]:
        arrays = {c.name: _array(c, columns[c.name]) for c in self._columns}
        return self._listed(pa.table(arrays), rows)

    def predict_block(self, block: bytes, rows: int) -> list[list[float]]:
        """Return outputs for numbers only, row by row."""
        whole = np.frombuffer(block, "<f8").reshape(rows, len(self._columns))
        arrays = {c.name: whole[:, place] for place, c in enumerate(self._columns)}
        return self._listed(pa.table(arrays), rows)

    def predict_table(self, table: pa.Table) -> Floats:
        """Return the outputs of an Arrow table, [rows, width]."""
        return self._original.answer(table)

    def _listed(self, table: pa.Table, rows: int) -> list[list[float]]:
        found = np.asarray(self._original.answer(table), np.float64)
        if len(found) != rows:
            raise ValueError(f"{len(found)} answers for {rows} rows")
        listed: list[list[float]] = found.tolist()
        return listed


def _array(column: Column, values: list[Any]) -> Any:
    """Return values as in the data: texts, or numbers with NaN for what is missing."""
    if column.type is ColumnType.CATEGORY:
        return pa.array(values, pa.string())
    # numpy turns None into NaN when it is told to make floats
    return np.array(values, np.float64)
