"""The runtime `hosted`: what no runtime of ours can answer for, in a jailed process of its own.

The files are the original; only that process opens them. See `adapters/jail/host.py`.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import encode
from tenure.adapters.frameworks.encode import Floats, broken
from tenure.core.columns import ColumnType
from tenure.core.signatures import Signature

NAME = "hosted"
FILE = "original"
HEAD = "hosted.json"


class Head(msgspec.Struct, frozen=True):
    """What the file was called, and its format when its maker said so."""

    name: str
    said: str = ""
    format: int = 1


def files(data: bytes, name: str, said: str) -> dict[str, bytes]:
    return {FILE: data, HEAD: msgspec.json.encode(Head(name, said), order="deterministic")}


def head_of(stored: dict[str, bytes]) -> Head:
    """Return what is known of the file; raise `runtime.broken_files`."""
    if FILE not in stored:
        raise broken(FILE, "the file is missing")
    return encode.decoded(stored, HEAD, Head)


class Answers:
    """A predictor made of a function over tables: what answers inside the process."""

    def __init__(self, answer: Callable[[pa.Table], Floats], signature: Signature) -> None:
        self._answer = answer
        self._types = {
            c.name: pa.string() if c.type is ColumnType.CATEGORY else pa.float64()
            for c in signature.features
        }

    def predict(self, columns: dict[str, list[Any]], rows: int) -> list[list[float]]:
        given = {n: pa.array(columns[n], kind) for n, kind in self._types.items()}
        found = np.asarray(self._answer(pa.table(given)), np.float64).reshape(rows, -1)
        answered: list[list[float]] = found.tolist()
        return answered

    def predict_table(self, table: pa.Table) -> Floats:
        """Return the outputs of an Arrow table, [rows, width]."""
        return self._answer(table.select(list(self._types)))
