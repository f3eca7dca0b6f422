"""JSON records as columns: a list of objects, or one object. A mixed column becomes text."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import polars as pl

from tenure.core.errors import invalid

_NUMBERS = frozenset({int, float})
_INT64 = 2**63
_SHAPE = 'send a list of records: [{"id": 1, "late": true}, …]'


def read_records(data: bytes, noun: str) -> pl.DataFrame:
    """Return one row per record; raise `<noun>.malformed` for anything else."""
    try:
        body = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(f"{noun}.malformed", f"this is not JSON: {error}", hint=_SHAPE) from error
    records = [body] if isinstance(body, dict) else body
    if not isinstance(records, list):
        raise invalid(f"{noun}.malformed", "this is no list of records", hint=_SHAPE)
    for place, record in enumerate(records):
        if not isinstance(record, dict):
            found = json.dumps(record)[:60]
            message = f"{found} is no object"
            raise invalid(f"{noun}.malformed", message, where=f"record {place + 1}", hint=_SHAPE)
    names = dict.fromkeys(name for record in records for name in record)
    return pl.DataFrame([_column(n, [record.get(n) for record in records]) for n in names])


def _column(name: str, values: list[Any]) -> pl.Series:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool}:
        return pl.Series(name, values, pl.Boolean)
    if kinds == {int} and all(v is None or abs(v) < _INT64 for v in values):
        return pl.Series(name, values, pl.Int64)
    if kinds <= _NUMBERS and kinds != {int}:  # a huge whole number may be a key: kept as text
        return pl.Series(name, [None if v is None else _float(v) for v in values], pl.Float64)
    if kinds == {list} and all(v is None or _are_numbers(v) for v in values):
        floats = [None if v is None else [float(one) for one in v] for v in values]
        return pl.Series(name, floats, pl.List(pl.Float64))
    return pl.Series(name, [_text(value) for value in values], pl.String)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond any float
        return float("inf")


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(type(one) in _NUMBERS for one in values)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
