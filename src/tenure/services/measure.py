"""From Arrow columns to the numbers and counts of which profiles are made.

The reference says what a column is. What does not fit that in the current data is unreadable, and
counted so; what can be read as it (a number written as text, true for 1) is read.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from tenure.core.profiles import ColumnKind
from tenure.core.stats.histograms import Counts, Floats

_FLAGS = {"true": "true", "false": "false", "1": "true", "0": "false"}


@dataclass(frozen=True, slots=True)
class Read:
    """Numbers [n]; NaN and infinities are among them."""

    values: Floats
    nulls: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Texts [k] and how often each occurs. `texts` is Arrow's, so that it can be recognised."""

    texts: Any
    counts: Counts
    nulls: int
    unreadable: int = 0


def kind_of(kind: Any) -> ColumnKind:
    """Return what a column of this Arrow type is."""
    types = pa.types
    if types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if types.is_boolean(kind):
        return ColumnKind.FLAG
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return ColumnKind.NUMBER
    if types.is_duration(kind) or types.is_time(kind):
        return ColumnKind.NUMBER
    if types.is_timestamp(kind) or types.is_date(kind):
        return ColumnKind.TIME
    if _is_text(kind) or types.is_null(kind):
        return ColumnKind.CATEGORY
    return ColumnKind.OTHER


def _is_text(kind: Any) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def kind_of_texts(array: Any) -> ColumnKind:
    """Return what texts mean when all of them mean it: numbers, flags, times, else categories."""
    texts = _series(array).drop_nulls()
    if texts.is_empty():
        return ColumnKind.CATEGORY
    if texts.cast(pl.Float64, strict=False).null_count() == 0:
        return ColumnKind.NUMBER
    if texts.str.to_lowercase().is_in(["true", "false"]).all():
        return ColumnKind.FLAG
    return ColumnKind.TIME if _times(texts).null_count() == 0 else ColumnKind.CATEGORY


def numbers_in(array: Any, kind: ColumnKind) -> Read:
    """Return a column as numbers: values, seconds since 1970 for times, lengths for texts."""
    nulls = array.null_count
    found = kind_of(array.type)
    if kind is ColumnKind.TEXT:
        values = pc.utf8_length(_plain(array).cast(pa.large_string()))
        return Read(_floats(values), nulls, 0)
    if kind is found is ColumnKind.TIME:
        return Read(_floats(array.cast(pa.timestamp("us")).cast(pa.int64())) / 1e6, nulls, 0)
    if kind is ColumnKind.NUMBER and found in {ColumnKind.NUMBER, ColumnKind.FLAG}:
        return Read(_floats(array), nulls, 0)
    if found is ColumnKind.CATEGORY:
        texts = _series(array).drop_nulls()
        times = kind is ColumnKind.TIME
        read = _times(texts) if times else texts.cast(pl.Float64, strict=False)
        values = read.drop_nulls().to_numpy()
        return Read(np.asarray(values, dtype=np.float64), nulls, len(texts) - len(values))
    return Read(np.empty(0), nulls, len(array) - nulls)


def tally(array: Any, kind: ColumnKind) -> Tally:
    """Return how often each text occurs in a column; flags are `true` and `false`."""
    found = kind_of(array.type)
    if found is ColumnKind.OTHER:
        return Tally(
            pa.array([], pa.large_string()),
            np.empty(0, dtype=np.int64),
            array.null_count,
            len(array) - array.null_count,
        )
    if kind is ColumnKind.FLAG:
        return _flags(_counted(array if found is ColumnKind.CATEGORY else _as_text(array)))
    return _counted(array if found is ColumnKind.CATEGORY else _as_text(array))


def _flags(texts: Tally) -> Tally:
    counts = {"true": 0, "false": 0}
    unreadable = 0
    for text, many in zip(texts.texts.to_pylist(), texts.counts.tolist(), strict=True):
        name = _FLAGS.get(text.lower().removesuffix(".0"))
        if name is None:
            unreadable += many
        else:
            counts[name] += many
    amounts = np.asarray(list(counts.values()), dtype=np.int64)
    return Tally(pa.array(list(counts)), amounts, texts.nulls, unreadable)


def _counted(array: Any) -> Tally:
    if pa.types.is_dictionary(array.type):
        if array.dictionary.null_count:
            return _counted(_plain(array))
        codes = array.indices.drop_null() if array.null_count else array.indices
        many = len(array.dictionary)
        counts = np.bincount(codes.to_numpy(zero_copy_only=False), minlength=many)
        return Tally(array.dictionary, counts.astype(np.int64), array.null_count)
    pairs = pc.value_counts(array.drop_null().cast(pa.large_string()))
    counts = pairs.field("counts").to_numpy(zero_copy_only=False)
    return Tally(pairs.field("values"), counts.astype(np.int64), array.null_count)


def _as_text(array: Any) -> Any:
    return array.cast(pa.large_string())


def _plain(array: Any) -> Any:
    """Return a column without a dictionary."""
    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array


def _floats(array: Any) -> Floats:
    whole = array.drop_null() if array.null_count else array
    if pa.types.is_time(whole.type) or pa.types.is_duration(whole.type):
        whole = whole.cast(pa.int32() if whole.type.bit_width == 32 else pa.int64())  # noqa: PLR2004
    if pa.types.is_boolean(whole.type) or pa.types.is_decimal(whole.type):
        whole = whole.cast(pa.uint8() if pa.types.is_boolean(whole.type) else pa.float64())
    values: Floats = whole.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return values


def _series(array: Any) -> Any:
    return pl.Series(_plain(array).cast(pa.large_string()))


def _times(texts: Any) -> Any:
    """Return texts as seconds since 1970, null where they are no times."""
    try:
        times = texts.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    except pl.exceptions.PolarsError:  # none looks like one
        return pl.Series([None] * len(texts), dtype=pl.Float64)
    return times.dt.timestamp("us") / 1e6
