"""Columns as numbers, as a type says: what is not of the type is told apart from NaN."""

from dataclasses import dataclass

import polars as pl

from tenure.adapters.tables.times import as_seconds
from tenure.core.columns import ColumnType

_TRUTHS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values as float64, null where missing; `misfit` and `odd` (NaN, infinite) mark bad rows."""

    values: pl.Series
    misfit: pl.Series
    odd: pl.Series


def as_numbers(values: pl.Series, kind: ColumnType) -> Numbers:
    """Return the values as numbers of a type other than category."""
    read = _read(values, kind)
    misfit = read.is_null() & values.is_not_null()
    odd = (read.is_nan() | read.is_infinite()).fill_null(value=False)
    if kind is ColumnType.INT:
        misfit |= ((read != read.floor()) & ~odd).fill_null(value=False)
    if kind is ColumnType.BOOL:
        misfit |= (~read.is_in([0.0, 1.0]) & ~odd).fill_null(value=False)
    return Numbers(read, misfit, odd)


def _read(values: pl.Series, kind: ColumnType) -> pl.Series:
    dtype = values.dtype
    if kind is ColumnType.TIME:
        return as_seconds(values)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return _read(values.cast(pl.String), kind)
    if dtype == pl.String:
        text = values.str.strip_chars()
        if kind is ColumnType.BOOL:
            return text.str.to_lowercase().replace_strict(
                _TRUTHS, default=None, return_dtype=pl.Float64
            )
        return text.cast(pl.Float64, strict=False)
    if dtype.is_numeric() or isinstance(dtype, pl.Boolean | pl.Null):
        return values.cast(pl.Float64)
    return pl.Series(values.name, [None] * len(values), pl.Float64)
