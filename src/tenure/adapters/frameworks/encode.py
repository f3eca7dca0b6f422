"""How raw columns become numbers: part of every version, stored in its files.

Numbers pass through, categories become the rank of their level among the levels kept at
training. None, NaN, rare and unseen levels are all missing (NaN), at training and afterwards.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import Kind, TenureError, invalid

Floats = NDArray[np.float64]
NAN = math.nan
FILE = "encoding.json"

T = TypeVar("T")


class Feature(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input. `levels` None: a number; else a category, its code the position.

    `missing` and `unseen` are the codes of a missing value and of a level that is not among them;
    NaN when there is none.
    """

    name: str
    levels: tuple[str, ...] | None = None
    missing: float | None = None
    unseen: float | None = None

    @property
    def codes(self) -> int:
        """How many codes a category has, those of missing and unseen ones included."""
        extra = (code for code in (self.missing, self.unseen) if code is not None)
        return max([len(self.levels or ()), *(int(code) + 1 for code in extra)])


class Encoding(msgspec.Struct, frozen=True):
    """The inputs of a version, in order."""

    features: tuple[Feature, ...]
    format: int = 1

    @property
    def categories(self) -> list[int]:
        """Positions of the categories."""
        return [i for i, feature in enumerate(self.features) if feature.levels is not None]

    def matrix(self, table: pa.Table) -> Floats:
        """Return the rows of an Arrow table, [rows, features], row-major."""
        filled = np.empty((table.num_rows, len(self.features)))
        for position, feature in enumerate(self.features):
            filled[:, position] = _numbers(_column(table, feature.name), feature)
        return filled


def fit(table: pa.Table, columns: tuple[Column, ...], most_levels: int) -> Encoding:
    """Return the encoding of these features; a category keeps its most frequent levels."""
    return Encoding(tuple(_feature(table, column, most_levels) for column in columns))


def to_bytes(encoding: Encoding) -> bytes:
    return msgspec.json.encode(encoding, order="deterministic")


def from_files(files: dict[str, bytes]) -> Encoding:
    """Return the encoding stored in a version; raise `runtime.broken_files`."""
    encoding = decoded(files, FILE, Encoding)
    if encoding.format != 1:
        raise broken(FILE, f"format {encoding.format} is newer than this Tenure")
    return encoding


def decoded(files: dict[str, bytes], name: str, kind: type[T]) -> T:
    """Return a JSON file of a version; raise `runtime.broken_files`."""
    if name not in files:
        raise broken(name, "the file is missing")
    try:
        return msgspec.json.decode(files[name], type=kind)
    except msgspec.DecodeError as error:
        raise broken(name, str(error)) from error


def broken(name: str, why: str) -> TenureError:
    return TenureError(Kind.FAILED, "runtime.broken_files", why, where=name)


class Rows:
    """Encodes raw rows as they come over the wire. Built once per loaded version."""

    def __init__(self, encoding: Encoding) -> None:
        self._plan = [
            (f.name, _coder(f), NAN if f.unseen is None else f.unseen) for f in encoding.features
        ]

    def one(self, columns: dict[str, list[Any]]) -> list[float]:
        """Return the numbers of the first row."""
        return [
            (NAN if (value := columns[name][0]) is None else value)
            if code is None
            else code(columns[name][0], unseen)
            for name, code, unseen in self._plan
        ]

    def many(self, columns: dict[str, list[Any]], rows: int) -> Floats:
        """Return the numbers of all rows, [rows, features], row-major."""
        filled = np.empty((rows, len(self._plan)))
        for position, (name, code, unseen) in enumerate(self._plan):
            raw = columns[name]
            # numpy turns None into NaN when it is told to make floats
            known = raw if code is None else [code(value, unseen) for value in raw]
            filled[:, position] = np.array(known, float)
        return filled


def _coder(feature: Feature) -> Callable[..., Any] | None:
    if feature.levels is None:
        return None
    known: dict[str | None, float] = {level: float(i) for i, level in enumerate(feature.levels)}
    return {**known, None: NAN if feature.missing is None else feature.missing}.get


def _feature(table: pa.Table, column: Column, most_levels: int) -> Feature:
    if column.type is not ColumnType.CATEGORY:
        return Feature(column.name)
    counted = pc.value_counts(_text(_column(table, column.name)).drop_null())
    levels: list[str] = counted.field("values").to_pylist()
    pairs = zip(levels, counted.field("counts").to_numpy().tolist(), strict=True)
    # the text breaks ties, so that equal data always keeps the same levels in the same order
    ordered = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    return Feature(column.name, tuple(level for level, _ in ordered[:most_levels]))


def _numbers(values: "pa.ChunkedArray[Any]", feature: Feature) -> Floats:
    if feature.levels is not None:
        return _codes(_text(values), feature)
    try:
        floats = values.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise invalid(
            "run.bad_column", f"{feature.name!r} is {values.type}, not a number"
        ) from error
    return np.asarray(floats.to_numpy(), dtype=np.float64)


def _codes(texts: Any, feature: Feature) -> Floats:
    found: Any = pc.index_in(texts, value_set=pa.array(feature.levels or (), pa.string()))
    codes = np.asarray(found.cast(pa.float64()).to_numpy(), dtype=np.float64)
    if feature.unseen is not None:
        codes = np.where(np.isnan(codes), feature.unseen, codes)
    absent = np.asarray(texts.is_null().to_numpy())
    return np.where(absent, NAN if feature.missing is None else feature.missing, codes)


def _text(values: "pa.ChunkedArray[Any]") -> Any:
    return values.cast(pa.string())


def _column(table: pa.Table, name: str) -> "pa.ChunkedArray[Any]":
    if name not in table.column_names:
        raise invalid("run.missing_column", f"the data has no column {name!r}")
    return table.column(name)
