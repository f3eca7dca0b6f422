"""One column of a request: raw JSON values in, checked and normalised values out.

Numbers, integers and booleans become floats (as in training), categories stay text, instants
become seconds since 1970. A value is never guessed: what does not fit is refused with its row.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError, invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FLOATS = {"FP64": None, "FP32": 3.4028235677973366e38, "FP16": 65504.0}  # largest magnitude
INTEGERS = {
    **{f"INT{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
DATATYPES = frozenset({*FLOATS, *INTEGERS, "BOOL", "BYTES"})
_NUMBERS = frozenset({*FLOATS, *INTEGERS})
ACCEPTED: dict[ColumnType, frozenset[str]] = {
    ColumnType.FLOAT: _NUMBERS,
    ColumnType.INT: _NUMBERS,
    ColumnType.BOOL: _NUMBERS | {"BOOL"},
    ColumnType.CATEGORY: frozenset({"BYTES"}),
    ColumnType.TIME: frozenset({"BYTES", "INT64"}),
}
PREFERRED: dict[ColumnType, str] = {
    ColumnType.FLOAT: "FP64",
    ColumnType.INT: "INT64",
    ColumnType.BOOL: "BOOL",
    ColumnType.CATEGORY: "BYTES",
    ColumnType.TIME: "BYTES",
}
_EARLIEST_US = -2208988800000000  # 1900-01-01: seconds or milliseconds sent as µs are seen
_LATEST_US = 253402300799999999  # 9999-12-31
_PLAIN: dict[ColumnType, tuple[str, type]] = {
    ColumnType.FLOAT: ("FP64", float),
    ColumnType.CATEGORY: ("BYTES", str),
}
_ONLY_FLOAT = {float}
_ONLY_TEXT = {str}
_NULL = type(None)


class ColumnReader:
    """Checks one feature's values. `unseen` counts categories that training never saw."""

    def __init__(self, column: Column) -> None:
        self.name = column.name
        self.type = column.type
        self.unseen = 0
        self._column = column
        self._accepted = ACCEPTED[column.type]
        self._levels = frozenset(column.levels)
        self._bounded = column.min is not None or column.max is not None
        self._read: Callable[[str, list[Any]], list[Any]] = {
            ColumnType.FLOAT: self._floats,
            ColumnType.INT: self._whole,
            ColumnType.BOOL: self._truths,
            ColumnType.CATEGORY: self._texts,
            ColumnType.TIME: self._instants,
        }[column.type]

    @property
    def plain(self) -> tuple[str, type, frozenset[str]] | None:
        """Datatype, Python type and levels of single values that pass as they are.

        Everything else goes through `read`: bounds, nulls, unseen categories, conversions.
        """
        if self._bounded or self._column.type not in _PLAIN:
            return None
        return (*_PLAIN[self._column.type], self._levels)

    @property
    def blank_is_null(self) -> bool:
        """Whether an empty text means a missing value, where the wire has no null."""
        column = self._column
        texts = column.type in {ColumnType.CATEGORY, ColumnType.TIME}
        return texts and column.nulls and "" not in self._levels

    def read(self, datatype: str, values: list[Any]) -> list[Any]:
        """Return the normalised values; raise `feature.…` with the row that does not fit."""
        if datatype not in self._accepted:
            raise wrong_datatype(self.name, datatype, sorted(self._accepted))
        checked = self._read(datatype, values)
        if None in checked and not self._column.nulls:
            raise _bad(self.name, checked.index(None), None, "null is not allowed here")
        if self._bounded:
            self._check_bounds(checked)
        return checked

    def _floats(self, datatype: str, values: list[Any]) -> list[Any]:
        if datatype == "FP64" and set(map(type, values)) == _ONLY_FLOAT:
            return values
        return numbers(self.name, datatype, values)

    def _whole(self, datatype: str, values: list[Any]) -> list[Any]:
        checked = numbers(self.name, datatype, values)
        if datatype in FLOATS:
            for row, value in enumerate(checked):
                if value is not None and not value.is_integer():
                    raise _bad(self.name, row, value, "a whole number was expected")
        return checked

    def _truths(self, datatype: str, values: list[Any]) -> list[Any]:
        if datatype == "BOOL":
            _only(self.name, values, {bool, _NULL}, "true or false was expected")
            return [None if value is None else float(value) for value in values]
        checked = numbers(self.name, datatype, values)
        if not {None, 0.0, 1.0}.issuperset(checked):
            row = next(i for i, value in enumerate(checked) if value not in {None, 0.0, 1.0})
            raise _bad(self.name, row, values[row], "0 or 1 was expected")
        return checked

    def _texts(self, _: str, values: list[Any]) -> list[Any]:
        if set(map(type, values)) != _ONLY_TEXT:
            _only(self.name, values, {str, _NULL}, "a text was expected")
        if self._levels and not self._levels.issuperset(values):
            self.unseen += sum(v is not None and v not in self._levels for v in values)
        return values

    def _instants(self, datatype: str, values: list[Any]) -> list[Any]:
        return [
            None if value is None else instant(self.name, row, datatype, value) / 1e6
            for row, value in enumerate(values)
        ]

    def _check_bounds(self, checked: list[Any]) -> None:
        low, high = self._column.min, self._column.max
        for row, value in enumerate(checked):
            if value is None:
                continue
            if low is not None and value < low:
                raise _bad(self.name, row, value, f"at least {low:g} was declared")
            if high is not None and value > high:
                raise _bad(self.name, row, value, f"at most {high:g} was declared")


def numbers(name: str, datatype: str, values: list[Any]) -> list[Any]:
    """Return floats (None for null); raise when a value is not of the datatype."""
    whole = datatype in INTEGERS
    _only(
        name,
        values,
        {int, _NULL} if whole else {int, float, _NULL},
        "a whole number was expected" if whole else "a number was expected",
    )
    low, high = INTEGERS[datatype] if whole else _float_range(datatype)
    present = [value for value in values if value is not None] if None in values else values
    if present and low is not None and not low <= min(present) <= max(present) <= high:
        row = next(i for i, v in enumerate(values) if v is not None and not low <= v <= high)
        raise _bad(name, row, values[row], f"{datatype} cannot hold that")
    try:
        return [None if value is None else float(value) for value in values]
    except OverflowError:
        row = next(i for i, v in enumerate(values) if isinstance(v, int) and abs(v) >= 2**1023)
        raise _bad(name, row, values[row], f"{datatype} cannot hold that") from None


def instant(name: str, row: int, datatype: str, value: Any) -> int:
    """Return microseconds since 1970 of ISO-8601 text or of a whole number of microseconds."""
    if datatype == "INT64" and type(value) is int:
        at = value
    elif datatype == "BYTES" and type(value) is str:
        at = _parsed(name, row, value)
    else:
        raise _bad(name, row, value, "an instant was expected: ISO-8601 text, or INT64 µs")
    if not _EARLIEST_US <= at <= _LATEST_US:
        raise _bad(name, row, value, "not between 1900 and 9999 (INT64 counts µs since 1970)")
    return at


def wrong_datatype(name: str, datatype: str, accepted: Sequence[str]) -> TenureError:
    if datatype not in DATATYPES:
        what = f"{shown(datatype)} is not a datatype that this server reads"
    else:
        what = f"input {name!r} cannot be sent as {datatype}"
    return invalid("feature.bad_datatype", what, hint=f"{name!r} takes {', '.join(accepted)}")


def shown(value: object) -> str:
    """Return a value as an error may quote it: short, on one line."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**40 else "a huge number"
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004


def _parsed(name: str, row: int, text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return (at - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise _bad(name, row, text, "an ISO-8601 instant was expected") from None


def _float_range(datatype: str) -> tuple[float | None, float]:
    largest = FLOATS[datatype]
    return (None, 0.0) if largest is None else (-largest, largest)


def _only(name: str, values: list[Any], allowed: set[type], expected: str) -> None:
    if not allowed.issuperset(map(type, values)):
        row = next(i for i, value in enumerate(values) if type(value) not in allowed)
        raise _bad(name, row, values[row], expected)


def _bad(name: str, row: int, value: object, why: str) -> TenureError:
    return invalid("feature.bad_value", f"input {name!r}, row {row}: {shown(value)}: {why}")
