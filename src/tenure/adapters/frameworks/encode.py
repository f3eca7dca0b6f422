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

from tenure import decoders
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import Kind, TenureError, invalid

Floats = NDArray[np.float64]
NAN = math.nan
FILE = "encoding.json"

T = TypeVar("T")


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a crossed feature: a category with its levels, or whether a number is > `above`.

    A category's codes are its levels' places, then those of a missing and of an unseen one.
    """

    name: str
    levels: tuple[str, ...] = ()
    above: float | None = None
    missing: bool = False  # what a missing number counts as

    @property
    def codes(self) -> int:
        """How many codes there are."""
        return len(self.levels) + 2 if self.above is None else 2


class Feature(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input. `levels` None: a number; else a category, its code the position.

    `missing` and `unseen` are the codes of a missing value and of a level that is not among them;
    NaN when there is none. `parts` make a crossed feature of several columns: its code counts the
    combinations of their codes, the last part's quickest. Crossed features stand last.
    """

    name: str
    levels: tuple[str, ...] | None = None
    missing: float | None = None
    unseen: float | None = None
    parts: tuple[Part, ...] = ()

    @property
    def codes(self) -> int:
        """How many codes a category has, those of missing and unseen ones included."""
        if self.parts:
            return math.prod(part.codes for part in self.parts)
        extra = (code for code in (self.missing, self.unseen) if code is not None)
        return max([len(self.levels or ()), *(int(code) + 1 for code in extra)])

    @property
    def is_number(self) -> bool:
        """Whether the value itself is the input."""
        return self.levels is None and not self.parts


class Encoding(msgspec.Struct, frozen=True):
    """The inputs of a version, in order."""

    features: tuple[Feature, ...]
    format: int = 1

    @property
    def categories(self) -> list[int]:
        """Positions of the categories."""
        return [i for i, feature in enumerate(self.features) if not feature.is_number]

    def matrix(self, table: pa.Table) -> Floats:
        """Return the rows of an Arrow table, [rows, features], row-major."""
        filled = np.empty((table.num_rows, len(self.features)))
        for position, feature in enumerate(self.features):
            filled[:, position] = (
                _crossed(table, feature)
                if feature.parts
                else _numbers(_column(table, feature.name), feature)
            )
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
        return decoders.of_json(kind).decode(files[name])
    except msgspec.DecodeError as error:
        raise broken(name, str(error)) from error


def broken(name: str, why: str) -> TenureError:
    return TenureError(Kind.FAILED, "runtime.broken_files", why, where=name)


class Rows:
    """Encodes raw rows as they come over the wire. Built once per loaded version."""

    def __init__(self, encoding: Encoding) -> None:
        plain = [feature for feature in encoding.features if not feature.parts]
        self._plan = [(f.name, _coder(f), NAN if f.unseen is None else f.unseen) for f in plain]
        crossed = [feature.parts for feature in encoding.features if feature.parts]
        distinct = list(dict.fromkeys(part for parts in crossed for part in parts))
        self._parts = [(part.name, _part_coder(part)) for part in distinct]
        self._strides = np.zeros((len(distinct), len(crossed)))  # exact: codes stay below 2**53
        for position, parts in enumerate(crossed):
            stride = 1
            for part in reversed(parts):
                self._strides[distinct.index(part), position] += stride
                stride *= part.codes

    def one(self, columns: dict[str, list[Any]]) -> list[float]:
        """Return the numbers of the first row."""
        numbers = [
            (NAN if (value := columns[name][0]) is None else value)
            if code is None
            else code(columns[name][0], unseen)
            for name, code, unseen in self._plan
        ]
        if not self._parts:
            return numbers
        codes = np.array([code(columns[name][0]) for name, code in self._parts], float)
        crossed: list[float] = (codes @ self._strides).tolist()
        return numbers + crossed

    def many(self, columns: dict[str, list[Any]], rows: int) -> Floats:
        """Return the numbers of all rows, [rows, features], row-major."""
        filled = np.empty((rows, len(self._plan) + self._strides.shape[1]))
        if self._parts:
            codes = [[code(value) for value in columns[name]] for name, code in self._parts]
            filled[:, len(self._plan) :] = np.array(codes, float).T @ self._strides
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


def _part_coder(part: Part) -> Callable[[Any], float]:
    """Return what gives the code of one part of a crossed feature."""
    if part.above is not None:
        edge, missing = part.above, float(part.missing)
        return lambda v: missing if v is None or v != v else float(v > edge)  # noqa: PLR0124  # NaN
    size = len(part.levels)
    known: dict[str | None, int] = {level: i for i, level in enumerate(part.levels)} | {None: size}
    return lambda value: known.get(value, size + 1)


def _crossed(table: pa.Table, feature: Feature) -> Floats:
    code = np.zeros(table.num_rows)
    for part in feature.parts:
        size = float(len(part.levels))
        column = _column(table, part.name)
        if part.above is None:
            known = Feature(part.name, part.levels, missing=size, unseen=size + 1)
            code = code * part.codes + _codes(_text(column), known)
        else:
            values = _numbers(column, Feature(part.name))
            code = code * 2 + np.where(np.isnan(values), part.missing, values > part.above)
    return code


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
