"""Predictions made elsewhere as frames of the log, so that they are judged like our own."""

from datetime import datetime
from typing import Any

import polars as pl
import pyarrow as pa

from tenure.adapters.tables.features import read_feature
from tenure.adapters.tables.finding import missing
from tenure.adapters.tables.labels import REQUEST_ID, ROW, row_numbers
from tenure.adapters.tables.numbers import as_numbers
from tenure.adapters.tables.reading import read
from tenure.adapters.tables.sieve import Sieve
from tenure.adapters.tables.texts import as_texts, canonical_key
from tenure.adapters.tables.times import INSTANT, as_instants
from tenure.core.columns import ColumnType
from tenure.core.deployments import CHAMPION
from tenure.core.models import Task
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.core.signatures import Signature
from tenure.core.spec.values import Spec
from tenure.ports.tables import Predictions

NOUN = "prediction"
_LIST = pl.List(pl.Float64)
_INT32 = 2**31 - 1
_SUM_SLACK = 0.01
_TEXT = pa.string()
_MICRO = pa.timestamp("us", tz="UTC")
_SCHEMA = {
    "request_id": _TEXT,
    "row": pa.int32(),
    "lane": _TEXT,
    "version": pa.int32(),
    "deployment_id": _TEXT,
    "status": _TEXT,
    "time": _MICRO,
    "received": _MICRO,
    "latency_us": pa.int32(),
    "key": _TEXT,
    "output": pa.list_(pa.float64()),
}


def predictions_from(  # noqa: PLR0913  # as the port
    data: bytes,
    media: str,
    spec: Spec,
    signature: Signature,
    *,
    now: datetime,
    received: datetime,
    request_id: str,
    horizon: datetime | None = None,
) -> Predictions:
    """Return the predictions as a frame; see `ports/tables.py` for errors and reasons."""
    raw = read(data, media, NOUN)
    table, sieve = raw.table, Sieve(raw.numbers)
    sieve.quarantined |= raw.quarantined
    if table.height == 0:
        return Predictions(_arrow(pl.DataFrame(), signature), 0, sieve.quarantined)
    output = _outputs(table, signature, sieve)
    requests, places = _names(table, request_id, sieve)
    columns = {
        "request_id": requests,
        "row": places,
        "lane": pl.repeat(CHAMPION, table.height, dtype=pl.String, eager=True),
        "version": _versions(table, sieve),
        "deployment_id": pl.repeat("", table.height, dtype=pl.String, eager=True),
        "status": pl.repeat("ok", table.height, dtype=pl.String, eager=True),
        "time": _times(table, spec, (now, horizon or now), sieve),
        "received": pl.repeat(received, table.height, dtype=INSTANT, eager=True),
        "latency_us": pl.repeat(0, table.height, dtype=pl.Int32, eager=True),
        "key": _keys(table, spec),
        "output": output,
        **_features(table, signature, sieve),
    }
    repeated = ~sieve.firsts([requests, places])
    sieve.put_aside("row.duplicate_request", repeated, requests, REQUEST_ID)
    good = pl.DataFrame(columns).filter(pl.Series(sieve.alive))
    return Predictions(_arrow(good, signature), good.height, sieve.quarantined)


def _names(table: pl.DataFrame, issued: str, sieve: Sieve) -> tuple[pl.Series, pl.Series]:
    """Return request id and row; rows that bring no id get the issued one and their place."""
    places = pl.int_range(table.height, dtype=pl.Int32, eager=True)
    if REQUEST_ID not in table.columns:
        return pl.repeat(issued, table.height, dtype=pl.String, eager=True), places
    brought = as_texts(table[REQUEST_ID])
    rows = row_numbers(table, sieve, "row.bad_type") if ROW in table.columns else None
    if rows is None:
        counted = pl.DataFrame({"id": brought}).select(pl.int_range(pl.len()).over("id"))
        rows = counted.to_series().cast(pl.Int32)
    return brought.fill_null(issued), rows.zip_with(brought.is_not_null(), places)


def _versions(table: pl.DataFrame, sieve: Sieve) -> pl.Series:
    """Return the version's number, 0 for one that this house does not know."""
    if "version" not in table.columns:
        return pl.repeat(0, table.height, dtype=pl.Int32, eager=True)
    values = table["version"]
    numbers = as_numbers(values, ColumnType.INT)
    inside = numbers.values.is_between(0, _INT32).fill_null(value=True)
    sieve.put_aside("row.bad_version", numbers.misfit | ~inside, values, "version")
    return numbers.values.clip(0, _INT32).fill_nan(0).fill_null(0).cast(pl.Int32, strict=False)


def _times(
    table: pl.DataFrame, spec: Spec, bounds: tuple[datetime, datetime], sieve: Sieve
) -> pl.Series:
    now, horizon = bounds
    name = next((one for one in (spec.data.time, "time") if one in table.columns), None)
    if name is None:
        return pl.repeat(now, table.height, dtype=INSTANT, eager=True)
    values = table[name]
    times = as_instants(values)
    sieve.put_aside("row.bad_time", times.is_null() & values.is_not_null(), values, name)
    sieve.put_aside("row.future_time", times > horizon, values, name)
    return times.fill_null(now)


def _keys(table: pl.DataFrame, spec: Spec) -> pl.Series:
    columns = spec.data.key
    if columns and all(name in table.columns for name in columns):
        return canonical_key(table, columns)
    return pl.Series("key", [None] * table.height, pl.String)


def _features(table: pl.DataFrame, signature: Signature, sieve: Sieve) -> dict[str, pl.Series]:
    """Return the features that were sent; a column that was not is missing in every row."""
    found = {}
    for column in signature.features:
        name = f"{FEATURE_PREFIX}{column.name}"
        if column.name in table.columns:
            found[name] = read_feature(table[column.name], column, sieve)
        else:
            is_text = column.type is ColumnType.CATEGORY
            kind = pl.String if is_text else pl.Float64
            found[name] = pl.Series(name, [None] * table.height, kind)
    return found


def _outputs(table: pl.DataFrame, signature: Signature, sieve: Sieve) -> pl.Series:
    """Return one list of `Signature.width` numbers per row."""
    if signature.task is Task.MULTICLASS:
        return _distribution(table, signature, sieve)
    is_binary = signature.task is Task.BINARY
    name = "probability" if is_binary else "value"
    if name not in table.columns:
        raise missing(
            table, name, f"a {signature.task} model's predictions are in the column", NOUN
        )
    values = table[name]
    numbers = as_numbers(values, ColumnType.FLOAT)
    bad = numbers.misfit | numbers.odd | numbers.values.is_null()
    if is_binary:
        bad |= ~numbers.values.is_between(0, 1).fill_null(value=False)
    sieve.put_aside("row.bad_output", bad, values, name)
    return numbers.values.reshape((-1, 1)).arr.to_list()


def _distribution(table: pl.DataFrame, signature: Signature, sieve: Sieve) -> pl.Series:
    """Read `probability` as a list, or a column `probability.<class>` for each class."""
    names = [f"probability.{name}" for name in signature.classes]
    if all(name in table.columns for name in names):
        parts = [as_numbers(table[name], ColumnType.FLOAT).values for name in names]
        lists = pl.DataFrame([part.alias(str(i)) for i, part in enumerate(parts)]).select(
            pl.concat_list(pl.all())
        )
        values = lists.to_series()
    elif "probability" in table.columns:
        values = _lists(table["probability"])
    else:
        words = "a multiclass model's predictions are in the column"
        raise missing(table, "probability", words, NOUN)
    each = values.list
    right = (
        (each.len() == signature.width)
        & (each.min() >= 0)
        & (each.max() <= 1)
        & ((each.sum() - 1).abs() <= _SUM_SLACK)
        & ~each.eval(pl.element().is_null() | pl.element().is_nan()).list.any()
    )
    sieve.put_aside("row.bad_output", ~right.fill_null(value=False), values, "probability")
    return values


def _lists(values: pl.Series) -> pl.Series:
    kind = values.dtype
    if isinstance(kind, pl.List | pl.Array):
        return values.cast(_LIST, strict=False)
    return pl.Series(values.name, [None] * len(values), _LIST)


def _arrow(table: pl.DataFrame, signature: Signature) -> Any:
    """Return the frame with exactly the columns and types of the log."""
    types = {**_SCHEMA, **{f"{FEATURE_PREFIX}{c.name}": _kind(c.type) for c in signature.features}}
    schema = pa.schema(list(types.items()))
    if table.width == 0:
        return schema.empty_table()
    return table.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)


def _kind(type_: ColumnType) -> Any:
    return _TEXT if type_ is ColumnType.CATEGORY else pa.float64()
