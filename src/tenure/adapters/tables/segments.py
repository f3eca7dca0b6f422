"""A client's table as a dataset segment: columns found, types checked, rows in order of time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl

from tenure.adapters.tables.features import (
    check_levels,
    fixed_columns,
    infer_columns,
    read_feature,
    strangers,
    with_levels,
)
from tenure.adapters.tables.finding import need
from tenure.adapters.tables.parquet import to_parquet
from tenure.adapters.tables.reading import Raw, read
from tenure.adapters.tables.sieve import Sieve
from tenure.adapters.tables.target import IMPORT, read_target
from tenure.adapters.tables.texts import canonical_key
from tenure.adapters.tables.times import INSTANT, as_instants
from tenure.core.columns import Column
from tenure.core.errors import TenureError, invalid
from tenure.core.signatures import Signature
from tenure.core.spec.values import Spec
from tenure.ports.tables import Imported

NOUN = "dataset"


def import_rows(
    data: bytes, media: str, spec: Spec, signature: Signature | None, known_until: datetime | None
) -> Imported:
    """Return the table as a segment; see `ports/tables.py` for errors and reasons."""
    raw = read(data, media, NOUN)
    _find_columns(raw.table, spec, signature)
    sieve = Sieve(raw.numbers)
    sieve.quarantined |= raw.quarantined
    times = _times(raw.table, spec, sieve, known_until)
    keys = _keys(raw.table, spec, sieve)
    known = _known_at(raw.table, spec, times, sieve)
    target = raw.table[spec.data.target]
    sieve.put_aside(IMPORT.missing, target.is_null(), target, target.name)
    _some_are_left(sieve, raw)
    classes = signature.classes if signature else ()
    labels, classes = read_target(target, spec.model.task, classes, sieve, IMPORT)
    _some_are_left(sieve, raw)
    if signature is None:
        columns, left_out = infer_columns(raw.table, spec, sieve)
    else:
        columns = fixed_columns(spec, signature)
        left_out = strangers(raw.table, spec, columns)
    features = {c.name: read_feature(raw.table[c.name], c, sieve) for c in columns}
    _check_declared_levels(features, spec, sieve)
    if spec.data.key:
        sieve.put_aside("row.duplicate_key", ~sieve.firsts([keys]), keys, "key")
    _some_are_left(sieve, raw)
    fixed = {"__key": keys, "__time": times, "__known_at": known, "__label": labels}
    table = _sorted(pl.DataFrame({**fixed, **features}).filter(pl.Series(sieve.alive)), spec)
    final = tuple(_final(column, table, spec) for column in columns)
    return Imported(
        signature=Signature(spec.model.task, final, spec.data.target, classes),
        parquet=to_parquet(table),
        rows=table.height,
        quarantined=sieve.quarantined,
        left_out=left_out,
        first_time=_instant(table["__time"].min()),
        last_time=_instant(table["__time"].max()),
        last_known=_instant(table["__known_at"].max()),
    )


def _find_columns(table: pl.DataFrame, spec: Spec, signature: Signature | None) -> None:
    """Raise `dataset.missing_column` for any column that is needed and not there."""
    need(table, spec.data.target, "[data] target", NOUN)
    if spec.data.time is not None:
        need(table, spec.data.time, "[data] time", NOUN)
    for name in spec.data.key:
        need(table, name, "[data] key", NOUN)
    for column in spec.features:
        need(table, column.name, "[features]", NOUN)
    if signature is None:
        # A wrong name here would let a column in that nobody wanted; later files may lack it.
        for name in spec.data.ignore:
            need(table, name, "[data] ignore", NOUN)
        for lookup in spec.serve.lookups:
            for name in lookup.columns:
                need(table, name, f"[serve.lookup.{lookup.name}] key", NOUN)
        return
    for column in fixed_columns(spec, signature):
        need(table, column.name, "the model's signature", NOUN)


def _times(
    table: pl.DataFrame, spec: Spec, sieve: Sieve, known_until: datetime | None
) -> pl.Series:
    if spec.data.time is None:
        return pl.Series("__time", [None] * table.height, INSTANT)
    values = table[spec.data.time]
    times = as_instants(values).alias("__time")
    sieve.put_aside("row.bad_time", times.is_null(), values, values.name)
    if known_until is not None:
        sieve.put_aside("row.future_time", times > known_until, values, values.name)
    return times


def _keys(table: pl.DataFrame, spec: Spec, sieve: Sieve) -> pl.Series:
    if not spec.data.key:
        return pl.Series("__key", [None] * table.height, pl.String)
    keys = canonical_key(table, spec.data.key)
    sieve.put_aside("row.missing_key", keys.is_null(), keys, "key")
    return keys


def _known_at(table: pl.DataFrame, spec: Spec, times: pl.Series, sieve: Sieve) -> pl.Series:
    """Return when each label was known: its event time, else the time of the row.

    A row whose event time is missing counts as known when it is final at the latest: taking its
    own time would let a training look at labels before they came.
    """
    name = spec.labels.event_time
    if name is None or name not in table.columns:
        return times.alias("__known_at")
    values = table[name]
    known = as_instants(values)
    sieve.put_aside("row.bad_time", known.is_null() & values.is_not_null(), values, name)
    final = times + spec.labels.final_after
    return known.zip_with(known.is_not_null(), final).alias("__known_at")


def _check_declared_levels(features: Mapping[str, pl.Series], spec: Spec, sieve: Sieve) -> None:
    for column in spec.features:
        check_levels(features[column.name], column, sieve)


def _sorted(table: pl.DataFrame, spec: Spec) -> pl.DataFrame:
    """Order rows by time, then key; without a time they stay in the order of the file."""
    if spec.data.time is None:
        return table
    return table.sort("__time", "__key", maintain_order=True)


def _final(column: Column, table: pl.DataFrame, spec: Spec) -> Column:
    declared = any(one.name == column.name and one.levels for one in spec.features)
    found = with_levels(column, table[column.name], declared=declared)
    return replace(found, levels=found.levels)


def _instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _some_are_left(sieve: Sieve, raw: Raw) -> None:
    """Raise `dataset.no_rows` when no row can be used."""
    if sieve.alive.any():
        return
    raise _no_rows(sieve, raw)


def _no_rows(sieve: Sieve, raw: Raw) -> TenureError:
    if raw.table.height == 0 and not sieve.quarantined:
        return invalid("dataset.no_rows", "the table has no rows", hint="it has a header only")
    counts = [f"{why}: {rows:,} ({one})" for why, (rows, one) in sieve.quarantined.items()]
    message = f"none of {raw.table.height:,} rows can be used"
    return invalid("dataset.no_rows", message, hint="; ".join(counts))
