"""What a store gives, as a feature's column holds it: what does not fit is refused."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

from tenure.core.columns import Column, ColumnType

Cell = str | float | None
"""A feature's value as predictors take it: text for categories, None where it is missing."""

LONGEST_TEXT = 10_000
_TRUTHS = {"true": 1.0, "1": 1.0, "t": 1.0, "false": 0.0, "0": 0.0, "f": 0.0}


class UnfitError(ValueError):
    """A value that its column cannot hold."""


def fitted(column: Column, raw: object) -> Cell:
    """Return what a store gave as the column holds it, None for nothing; raise `UnfitError`.

    Numbers, truths and instants may come as text (Redis has nothing else); empty text is nothing.
    Whether nothing is allowed is the caller's question.
    """
    if isinstance(raw, bytes):
        try:
            raw = raw.decode()
        except UnicodeDecodeError:
            raise UnfitError from None
    if raw is None or (raw == "" and "" not in column.levels):
        return None
    if column.type is ColumnType.CATEGORY:
        return _text(raw)
    number = _instant(raw) if column.type is ColumnType.TIME else _number(raw, column.type)
    low = -math.inf if column.min is None else column.min
    high = math.inf if column.max is None else column.max
    if not low <= number <= high:
        raise UnfitError
    return number


def _text(raw: object) -> str:
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str) or len(raw) > LONGEST_TEXT:
        raise UnfitError
    return raw


def _number(raw: object, kind: ColumnType) -> float:
    if kind is ColumnType.BOOL and isinstance(raw, str):
        raw = _TRUTHS.get(raw.strip().lower())
    truth = isinstance(raw, bool)
    if not isinstance(raw, str | int | float | Decimal) or (truth and kind is not ColumnType.BOOL):
        raise UnfitError
    try:
        number = float(raw)
    except (ValueError, OverflowError):
        raise UnfitError from None
    whole = kind is ColumnType.FLOAT or number.is_integer()
    if not math.isfinite(number) or not whole or (kind is ColumnType.BOOL and number not in {0, 1}):
        raise UnfitError
    return number


def _instant(raw: object) -> float:
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw.strip())
        except ValueError:
            raise UnfitError from None
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
    if not isinstance(raw, datetime):
        raise UnfitError
    return (raw if raw.tzinfo else raw.replace(tzinfo=UTC)).timestamp()


def key_text(raw: object) -> str:
    """Return a key column's value as the request writes it: 42, 42.0 and "42" are one."""
    if isinstance(raw, float | Decimal) and math.isfinite(raw) and raw == int(raw):
        raw = int(raw)
    return str(raw)
