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

from tenure.adapters.tables.numbers import as_numbers
from tenure.adapters.tables.texts import as_texts, canonical_key
from tenure.adapters.tables.times import as_instants
from tenure.cli.replay.connection import Outgoing
from tenure.cli.replay.stream import AT, ROW
from tenure.core.columns import ColumnType

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
        """Name and V2 datatype of every tensor; a key that is a feature too is sent once."""
        sent = {name: _DATATYPES[kind] for name, kind in self.types.items()}
        return list((sent | dict.fromkeys(self.others, "BYTES")).items())

    @property
    def others(self) -> list[str]:
        """Key and time columns that are no features."""
        return [name for name in (*self.keys, self.time) if name not in self.types]


def requests_of(rows: pl.DataFrame, shape: Shape) -> Iterator[Outgoing]:
    """Yield requests for rows of a stream, in its order.

    Columns are as the stream wrote them; they are read here as the house reads a dataset. What is
    no value of its type is sent as it stands, and the house says what is wrong with it. The tag
    of a request is the pair of its first row and the one after its last.
    """
    if rows.is_empty():
        return
    values = [_sendable(rows[name], kind) for name, kind in shape.types.items()]
    sources = [rows[AT if name == shape.time else name] for name in shape.others]
    values += [as_texts(source).to_list() for source in sources]
    columns = shape.columns
    names = _names_of(rows, shape)
    for first, last in _groups(rows, shape):
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
    """Return what names each row: its key and its instant, or its place in the whole stream."""
    if not shape.keys:
        return rows[ROW].cast(pl.String).to_list()
    keys = canonical_key(rows, shape.keys).fill_null("")
    return (keys + "@" + as_texts(rows[AT])).to_list()


def _groups(rows: pl.DataFrame, shape: Shape) -> Iterator[tuple[int, int]]:
    """Yield [first, last) of rows that share a request.

    Without a key each row has a request of its own: its id is what the label will name.
    """
    if not shape.keys:
        yield from ((place, place + 1) for place in range(rows.height))
        return
    start = 0
    for length in rows[AT].rle().struct.field("len").to_list():
        for first in range(start, start + length, MOST_ROWS):
            yield first, min(first + MOST_ROWS, start + length)
        start += length


def _sendable(values: pl.Series, kind: str) -> list[Any]:
    """Return the column as JSON takes it; what does not fit its type stays what it is."""
    if kind == ColumnType.CATEGORY:
        return as_texts(values).to_list()
    if kind == ColumnType.TIME:
        return as_texts(as_instants(values)).to_list()
    numbers = as_numbers(values, ColumnType(kind))
    wrong = numbers.misfit | numbers.odd
    found: list[Any] = _whole(numbers.values, kind).to_list()
    if wrong.any():
        texts = as_texts(values).to_list()
        for place in wrong.arg_true().to_list():
            found[place] = texts[place]
    return found


def _whole(values: pl.Series, kind: str) -> pl.Series:
    if kind == ColumnType.INT:
        return values.cast(pl.Int64, strict=False)
    return values.cast(pl.Boolean) if kind == ColumnType.BOOL else values
