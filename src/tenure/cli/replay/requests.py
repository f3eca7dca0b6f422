"""Rows of a stream as requests of the Open Inference Protocol V2.

Rows of the same instant share a request. Its id is derived from the rows, so that a replay that
was cut and repeats a step posts the same requests, which the house counts once.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import polars as pl

from tenure.adapters.tables.numbers import as_numbers
from tenure.adapters.tables.texts import as_texts, canonical_key
from tenure.adapters.tables.times import as_instants
from tenure.cli.replay.connection import Outgoing
from tenure.cli.replay.stream import AT, ROW, instants_of, places
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
        """Key and time columns that are no features; the time may be a part of the key."""
        names = dict.fromkeys((*self.keys, self.time))
        return [name for name in names if name not in self.types]


@dataclass(frozen=True, slots=True)
class _Values:
    """A column as it is sent. `odd` are the values that do not fit its type, by their place."""

    column: pl.Series
    odd: Mapping[int, str | None] = field(default_factory=dict)

    def of(self, first: int, last: int) -> list[Any]:
        """Return the values of [first, last) as JSON takes them."""
        found: list[Any] = self.column[first:last].to_list()
        for place, text in self.odd.items():
            if first <= place < last:
                found[place - first] = text
        return found


class Sheet:
    """A whole stream, read once as the house reads a dataset, from which requests are cut.

    What is no value of its type is sent as it stands, and the house says what is wrong with it.
    """

    def __init__(self, rows: pl.DataFrame, shape: Shape) -> None:
        self._columns = shape.columns
        self._values = [_sendable(rows[name], kind) for name, kind in shape.types.items()]
        sources = [rows[AT if name == shape.time else name] for name in shape.others]
        self._values += [_Values(as_texts(source)) for source in sources]
        self._names = _names_of(rows, shape)
        self._instants = instants_of(rows[AT])
        self._shares = bool(shape.keys)

    def places(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Return which rows, [first, last), are predicted in [since, until)."""
        return places(self._instants, since, until)

    def requests(self, first: int, last: int) -> Iterator[Outgoing]:
        """Yield the requests of the rows [first, last), in their order.

        The tag of a request is the pair of its first row and the one after its last.
        """
        values = [one.of(first, last) for one in self._values]
        names = self._names[first:last].to_list()
        for begin, end in self._groups(first, last):
            inputs = [
                {"name": name, "shape": [end - begin], "datatype": kind, "data": data[begin:end]}
                for (name, kind), data in zip(self._columns, values, strict=True)
            ]
            body = _encode({"id": request_id(names[begin:end]), "inputs": inputs})
            yield Outgoing(body, end - begin, (first + begin, first + end))

    def _groups(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield [begin, end), counted from `first`, of rows that share a request.

        Without a key each row has a request of its own: its id is what the label will name.
        """
        if not self._shares:
            yield from ((place, place + 1) for place in range(last - first))
            return
        instants = self._instants[first:last]
        turns = (np.flatnonzero(np.diff(instants)) + 1).tolist()
        for start, stop in pairwise([0, *turns, last - first]):
            for begin in range(start, stop, MOST_ROWS):
                yield begin, min(begin + MOST_ROWS, stop)


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


def _names_of(rows: pl.DataFrame, shape: Shape) -> pl.Series:
    """Return what names each row: its key and its instant, or its place in the whole stream."""
    if not shape.keys:
        return rows[ROW].cast(pl.String)
    keys = canonical_key(rows, shape.keys).fill_null("")
    return keys + "@" + as_texts(rows[AT])


def _sendable(values: pl.Series, kind: str) -> _Values:
    """Return the column as JSON takes it; what does not fit its type stays what it is."""
    if kind == ColumnType.CATEGORY:
        return _Values(as_texts(values))
    if kind == ColumnType.TIME:
        return _Values(as_texts(as_instants(values)))
    numbers = as_numbers(values, ColumnType(kind))
    wrong = (numbers.misfit | numbers.odd).arg_true()
    odd = dict(zip(wrong.to_list(), as_texts(values[wrong]).to_list(), strict=True))
    return _Values(_whole(numbers.values, kind), odd)


def _whole(values: pl.Series, kind: str) -> pl.Series:
    if kind == ColumnType.INT:
        return values.cast(pl.Int64, strict=False)
    return values.cast(pl.Boolean) if kind == ColumnType.BOOL else values
