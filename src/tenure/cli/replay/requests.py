"""Rows of a stream as requests of the Open Inference Protocol V2.

Rows of the same instant share a request. Its id is derived from the rows, so that a replay that
was cut and repeats a step posts the same requests, which the house counts once.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from tenure.cli.replay.connection import Outgoing

MOST_ROWS = 200
_DATATYPES = {"category": "BYTES", "bool": "BOOL", "int": "INT64", "float": "FP64", "time": "BYTES"}
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Shape:
    """What a request holds: the features with their types, then key and time columns."""

    types: dict[str, str]  # feature → float | int | bool | category | time
    keys: tuple[str, ...]
    time: str

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Name and V2 datatype of every tensor; a column is sent once."""
        sent = {name: _DATATYPES[kind] for name, kind in self.types.items()}
        for name in (*self.keys, self.time):
            sent.setdefault(name, "BYTES")
        return list(sent.items())


def requests_of(rows: pl.DataFrame, shape: Shape, instants: pl.Series) -> Iterator[Outgoing]:
    """Yield requests for rows in time order; `instants` says when each was predicted.

    Columns of `rows` are as the stream wrote them; they are cast here. The tag of a request is
    the pair of its first row and the one after its last.
    """
    if rows.is_empty():
        return
    columns = shape.columns
    table = rows.select(_sendable(name, kind, rows.schema[name]) for name, kind in columns)
    values = [table[name].to_list() for name, _ in columns]
    names = _names_of(rows, shape)
    for first, last in _groups(instants):
        inputs = [
            {"name": name, "shape": [last - first], "datatype": kind, "data": data[first:last]}
            for (name, kind), data in zip(columns, values, strict=True)
        ]
        body = _encode({"id": request_id(names[first:last]), "inputs": inputs})
        yield Outgoing(body, last - first, (first, last))


def request_id(names: Sequence[str]) -> str:
    """Return the id of the request that holds the rows with these names."""
    return "rp-" + hashlib.sha256("\x1e".join(names).encode()).hexdigest()[:20]


def single(outgoing: Outgoing) -> list[Outgoing]:
    """Return one request per row, for a request that was refused because of one of its rows."""
    body: dict[str, Any] = msgspec.json.decode(outgoing.body)
    first, _ = outgoing.tag
    return [
        Outgoing(
            _encode(
                {
                    "id": f"{body['id']}-{i}",
                    "inputs": [
                        {**tensor, "shape": [1], "data": tensor["data"][i : i + 1]}
                        for tensor in body["inputs"]
                    ],
                }
            ),
            1,
            (first + i, first + i + 1),
        )
        for i in range(outgoing.rows)
    ]


def _names_of(rows: pl.DataFrame, shape: Shape) -> list[str]:
    """Return what names each row: its key, or its place in the whole stream."""
    if not shape.keys:
        return rows["__row"].cast(pl.String).to_list()
    return (
        rows.select(
            pl.concat_str([pl.col(k).cast(pl.String) for k in shape.keys], separator="\x1f")
            .fill_null("")
            .add(pl.lit("@") + pl.col("__row").cast(pl.String))
        )
        .to_series()
        .to_list()
    )


def _groups(instants: pl.Series) -> Iterator[tuple[int, int]]:
    """Yield [first, last) of rows that share an instant, at most `MOST_ROWS` long."""
    lengths = instants.rle().struct.field("len").to_list()
    start = 0
    for length in lengths:
        for first in range(start, start + length, MOST_ROWS):
            yield first, min(first + MOST_ROWS, start + length)
        start += length


def _sendable(name: str, datatype: str, dtype: pl.DataType) -> pl.Expr:
    """Return the column as JSON takes it: text as it stands, numbers as numbers."""
    column = pl.col(name)
    if datatype == "BYTES":
        return column.dt.to_string("iso:strict") if dtype.is_temporal() else column.cast(pl.String)
    if datatype == "BOOL":
        return _as_bool(column, dtype)
    if datatype == "INT64":
        return column.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
    return column.cast(pl.Float64, strict=False)


def _as_bool(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        text = column.str.to_lowercase()
        return (
            pl.when(text.is_in(["true", "1", "yes"]))
            .then(True)
            .when(text.is_in(["false", "0", "no"]))
            .then(False)
        )
    return column.cast(pl.Boolean, strict=False)
