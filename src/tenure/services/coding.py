"""Columns as a few values each, so that parts of the data can be named: levels, or ranges of numbers."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from tenure.core.stats.losses import Floats
from tenure.core.stats.ranking import Places

MISSING, OTHER = "(missing)", "(others)"
_LEVELS = 20
_RANGES = 5
_FEW = 6
_READS = 0.9  # of a text's values that are numbers: then it is a column of numbers
_ALIKE = 0.5  # of its rows that differ: then it is a name, not a category


@dataclass(frozen=True, slots=True, eq=False)
class Coder:
    """How a column is coded: by `edges` of ranges, or by the places of its `levels`.

    `names` are those of the codes; the last two are rows of other levels, and rows without a value.
    """

    column: str
    names: tuple[str, ...]
    edges: Floats | None
    levels: tuple[str, ...] = ()

    def codes(self, values: pl.Series) -> Places:
        """Return the code of each value."""
        missing, other = len(self.names) - 1, len(self.names) - 2
        if self.edges is not None:
            numbers = _numbers(values)
            found = np.searchsorted(self.edges, numbers, side="right")
            return np.where(np.isnan(numbers), missing, found).astype(np.int64)
        texts = _texts(values)
        known = texts.cast(pl.Enum(self.levels), strict=False).to_physical()
        coded: Places = known.cast(pl.Int64).fill_null(other).to_numpy(writable=True)
        if texts.null_count():
            coded[texts.is_null().to_numpy()] = missing
        return coded


def coder_of(values: pl.Series) -> Coder | None:
    """Return how to code a column, from a sample of it; None where its values name nothing."""
    kind = values.dtype
    if kind.is_nested() or kind.is_temporal() or kind == pl.Binary:
        return None
    present = values.drop_nulls()
    if kind == pl.String and len(present):
        numbers = present.cast(pl.Float64, strict=False)
        if numbers.null_count() <= (1.0 - _READS) * len(present):
            present = numbers.drop_nulls()
    if present.dtype.is_numeric() and present.n_unique() > _FEW:
        return _ranges(values.name, present)
    texts = _texts(present)
    counts = texts.value_counts(sort=True, name="rows").head(_LEVELS + 1)
    names = sorted(counts[texts.name].to_list()[:_LEVELS])
    if len(names) < 2 and not values.null_count():  # noqa: PLR2004 — always the same
        return None
    if texts.n_unique() > max(_LEVELS, _ALIKE * len(present)):
        return None
    return Coder(values.name, (*names, OTHER, MISSING), None, tuple(names))


def _ranges(name: str, present: pl.Series) -> Coder:
    numbers = np.sort(_numbers(present))
    numbers = numbers[np.isfinite(numbers)]
    places = (np.arange(1, _RANGES) * len(numbers)) // _RANGES
    edges = np.unique(numbers[places])
    edges = edges[edges > numbers[0]]
    ends = [f"{edge:.4g}" for edge in edges]
    if not ends:
        return Coder(name, ("(all)", OTHER, MISSING), edges)
    inner = [f"{low} to {high}" for low, high in pairwise(ends)]
    return Coder(name, (f"< {ends[0]}", *inner, f"≥ {ends[-1]}", OTHER, MISSING), edges)


def _numbers(values: pl.Series) -> Floats:
    found: Floats = values.cast(pl.Float64, strict=False).to_numpy()  # null becomes NaN
    return found


def _texts(values: pl.Series) -> pl.Series:
    if values.dtype == pl.String:
        return values
    if values.dtype.is_float():  # 1.0 and 1 are one level
        whole = values.cast(pl.Int64, strict=False)
        same = (whole.cast(pl.Float64) == values).fill_null(value=False)
        return whole.cast(pl.String).zip_with(same, values.cast(pl.String)).alias(values.name)
    return values.cast(pl.String)
