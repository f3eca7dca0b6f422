"""Posted labels as columns that can be joined; what cannot be is counted and put aside."""

import io
from datetime import datetime

import polars as pl

from tenure.adapters.tables.finding import missing, need
from tenure.adapters.tables.parquet import to_parquet
from tenure.adapters.tables.reading import read
from tenure.adapters.tables.sieve import Sieve
from tenure.adapters.tables.target import POSTED, read_target
from tenure.adapters.tables.texts import as_texts, canonical_key
from tenure.adapters.tables.times import INSTANT, as_instants
from tenure.core.signatures import Signature
from tenure.core.spec.values import Spec
from tenure.ports.outcomes import NewLabel
from tenure.ports.tables import Labels

NOUN = "label"
REQUEST_ID = "request_id"
ROW = "row"

_MALFORMED = "label.malformed"
_MOST_ROWS = 2**31 - 1


def labels_from(
    data: bytes,
    media: str,
    spec: Spec,
    signature: Signature,
    now: datetime,
    horizon: datetime | None = None,
) -> Labels:
    """Return the labels as Parquet; see `ports/tables.py` for errors and reasons."""
    raw = read(data, media, NOUN)
    table, sieve = raw.table, Sieve(raw.numbers)
    for rows, example in raw.quarantined.values():
        sieve.count(_MALFORMED, rows, example)
    if table.height == 0:
        return Labels(to_parquet(_empty()), 0, sieve.quarantined)
    target = need(table, signature.target, "[data] target", NOUN)
    keys, requests = _names(table, spec)
    nameless = keys.is_null() & requests.is_null()
    sieve.put_aside(_MALFORMED, nameless, keys, "key")
    places = row_numbers(table, sieve, _MALFORMED)
    values, _ = read_target(target, signature.task, signature.classes, sieve, POSTED)
    at = _event_times(table, spec, (now, horizon or now), sieve)
    columns = {"key": keys, REQUEST_ID: requests, ROW: places, "value": values, "at": at}
    good = pl.DataFrame(columns).filter(pl.Series(sieve.alive))
    return Labels(to_parquet(good), good.height, sieve.quarantined)


def read_labels(parquet: bytes) -> list[NewLabel]:
    """Return the labels of a batch, in the order in which they were posted."""
    return [NewLabel(*row) for row in pl.read_parquet(io.BytesIO(parquet)).iter_rows()]


def _names(table: pl.DataFrame, spec: Spec) -> tuple[pl.Series, pl.Series]:
    """Return key and request id of each row; one of the two is null, the declared one counts."""
    columns = spec.data.key
    has_key = bool(columns) and all(name in table.columns for name in columns)
    has_request = REQUEST_ID in table.columns
    if not has_key and not has_request:
        wanted = next((name for name in columns if name not in table.columns), REQUEST_ID)
        raise missing(
            table, wanted if spec.joins_by_key else REQUEST_ID, "labels are joined by", NOUN
        )
    nothing = pl.Series([None] * table.height, dtype=pl.String)
    keys = canonical_key(table, columns) if has_key else nothing
    requests = as_texts(table[REQUEST_ID]) if has_request else nothing
    if spec.joins_by_key:
        return keys, requests.zip_with(keys.is_null(), nothing)
    return keys.zip_with(requests.is_null(), nothing), requests


def row_numbers(table: pl.DataFrame, sieve: Sieve, reason: str) -> pl.Series:
    """Return `row` as whole numbers from 0; 0 when the table has no such column."""
    if ROW not in table.columns:
        return pl.Series(ROW, [0] * table.height, pl.Int32)
    values = table[ROW]
    found = as_texts(values).cast(pl.Int64, strict=False).fill_null(0)
    unreadable = values.is_not_null() & as_texts(values).cast(pl.Int64, strict=False).is_null()
    sieve.put_aside(reason, unreadable | ~found.is_between(0, _MOST_ROWS), values, ROW)
    return found.clip(0, _MOST_ROWS).cast(pl.Int32).alias(ROW)


def _event_times(
    table: pl.DataFrame, spec: Spec, bounds: tuple[datetime, datetime], sieve: Sieve
) -> pl.Series:
    """Return when each truth was known: the declared event time, or the business time."""
    now, horizon = bounds
    name = spec.labels.event_time
    if name is None or name not in table.columns:
        return pl.Series("at", [now] * table.height, INSTANT)
    values = table[name]
    at = as_instants(values)
    if at.null_count() > values.null_count():
        sieve.put_aside(_MALFORMED, at.is_null() & values.is_not_null(), values, name)
    sieve.put_aside("label.future", at > horizon, values, name)
    return (at.fill_null(now) if at.null_count() else at).alias("at")


def _empty() -> pl.DataFrame:
    kinds = {"key": pl.String, REQUEST_ID: pl.String, ROW: pl.Int32}
    return pl.DataFrame(schema={**kinds, "value": pl.Float64, "at": INSTANT})
