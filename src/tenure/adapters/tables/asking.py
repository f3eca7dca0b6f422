"""A table's rows as questions to a model: features in their types, keys and times."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from tenure.adapters.tables.features import read_feature
from tenure.adapters.tables.finding import need
from tenure.adapters.tables.labels import REQUEST_ID, ROW
from tenure.adapters.tables.sieve import Sieve
from tenure.adapters.tables.texts import as_texts, canonical_key
from tenure.adapters.tables.times import INSTANT, as_instants
from tenure.core.columns import Column, ColumnType
from tenure.core.signatures import Signature
from tenure.ports.tables import Asked

NOUN = "batch"
_AHEAD = timedelta(minutes=5)  # as serving allows
_COPIED = "key:"


def to_answer(
    table: pl.DataFrame,
    signature: Signature,
    key_columns: tuple[str, ...],
    time_column: str | None,
    now: datetime,
) -> Asked:
    """Return what can be answered; see `ports/tables.py` for errors and reasons."""
    sieve = Sieve(np.arange(1, table.height + 1))
    for column in signature.features:
        need(table, column.name, "the model's signature", NOUN)
    features = [_feature(table[c.name], c, sieve) for c in signature.features]
    places = pl.int_range(table.height, dtype=pl.Int32, eager=True)
    others = {
        REQUEST_ID: _texts(table, REQUEST_ID),
        ROW: _rows(table),
        "place": places,
        "key": _keys(table, key_columns),
        "time": _times(table, time_column, now, sieve),
        **{f"{_COPIED}{name}": table[name] for name in key_columns if name in table.columns},
    }
    good = pl.Series(sieve.alive)
    whole = bool(sieve.alive.all())
    asked, rest = pl.DataFrame(features), pl.DataFrame(others)
    if not whole:
        asked, rest = asked.filter(good), rest.filter(good)
    arrow = asked.to_arrow(compat_level=pl.CompatLevel.oldest())
    return Asked(arrow, rest, rest.height, sieve.quarantined)


def _feature(values: pl.Series, column: Column, sieve: Sieve) -> pl.Series:
    """Return the values in their type; whole columns of plain numbers pass as they are."""
    unbounded = column.min is None and column.max is None
    plain = column.type is ColumnType.FLOAT and values.dtype == pl.Float64 and unbounded
    if plain and not values.null_count() and np.isfinite(values.to_numpy()).all():
        return values.alias(column.name)
    return read_feature(values, column, sieve)


def _texts(table: pl.DataFrame, name: str) -> pl.Series:
    if name in table.columns:
        return as_texts(table[name])
    return pl.Series(name, [None], pl.String).new_from_index(0, table.height)


def _rows(table: pl.DataFrame) -> pl.Series:
    if ROW in table.columns and REQUEST_ID in table.columns:
        return table[ROW].cast(pl.Int32, strict=False)
    return pl.Series(ROW, [None], pl.Int32).new_from_index(0, table.height)


def _keys(table: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    if columns and all(name in table.columns for name in columns):
        return canonical_key(table, columns)
    return pl.Series("key", [None], pl.String).new_from_index(0, table.height)


def _times(table: pl.DataFrame, name: str | None, now: datetime, sieve: Sieve) -> pl.Series:
    if name is None or name not in table.columns:
        return pl.repeat(now, table.height, dtype=INSTANT, eager=True)
    values = table[name]
    times = as_instants(values)
    sieve.put_aside("row.bad_time", times.is_null() & values.is_not_null(), values, name)
    sieve.put_aside("row.future_time", times > now + _AHEAD, values, name)
    return times.fill_null(now)
