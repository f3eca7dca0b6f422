"""Rows of numbers as one block: float64, little-endian, row-major, NaN where a value is missing.

One object per request instead of one per value: a block goes to a predictor, into a batch and
into the log as it is.
"""

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

VALUE_BYTES = 8


def packed(values: Sequence[float]) -> bytes:
    """Return floats as a block; raise struct.error or OverflowError for what is no float."""
    return _packer(len(values))(*values)


@lru_cache(64)
def _packer(count: int) -> Callable[..., bytes]:
    return struct.Struct(f"<{count}d").pack


def of_columns(columns: Iterable[Sequence[float | None]], rows: int) -> bytes:
    """Return the block of columns of floats."""
    if rows == 1:
        return packed([math.nan if (v := column[0]) is None else v for column in columns])
    # numpy turns None into NaN when it is told to make floats
    return np.array([np.array(column, np.float64) for column in columns]).T.tobytes()


def matrix(block: bytes, rows: int) -> NDArray[np.float64]:
    """Return a block as [rows, features], read-only."""
    return np.frombuffer(block, "<f8").reshape(rows, -1)


def columns(block: bytes, names: Sequence[str], rows: int) -> dict[str, list[Any]]:
    """Return a block as columns, None where a value is missing."""
    values = matrix(block, rows)
    lists = values.T.tolist()
    if np.isnan(values).any():
        lists = [[None if v != v else v for v in column] for column in lists]  # noqa: PLR0124  # NaN
    return dict(zip(names, lists, strict=True))
