"""Column types that mean the same on SQLite and PostgreSQL. Decides nothing else."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from tenure.core.errors import Kind, TenureError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_MICROSECONDS = 86_400_000_000


class Text(sa.TypeDecorator[str]):
    """Text that both databases can keep, sorted by code point on both, as Python does."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return sa.Text(collation="C" if dialect.name == "postgresql" else None)

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        return None if value is None else plain(str(value))


class Instant(sa.TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970: exact, sortable, the same everywhere."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> datetime | None:
        return None if value is None else instant_of(value)


def microseconds(at: datetime) -> int:
    """Return microseconds since 1970; a naive datetime is a programming error."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return (at - EPOCH) // MICROSECOND


def instant_of(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def plain(text: str) -> str:
    """Return text that both databases can keep: PostgreSQL has no NUL, neither has surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "\N{SYMBOL FOR NULL}")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def plain_all(texts: Sequence[str | None]) -> Sequence[str | None]:
    """Return texts (None stays) as `plain` does each; costs next to nothing when all are ASCII."""
    together = "".join(filter(None, texts))
    if together.isascii() and "\x00" not in together:
        return texts
    return [text if text is None else plain(text) for text in texts]


def to_json(value: object, noun: str) -> str:
    """Return the JSON of a value made of dataclasses; raise `<noun>.not_finite` on NaN or inf.

    msgspec alone would write null for them, which is found out only when the value is read.
    """
    try:
        tree = msgspec.to_builtins(value)
        return plain(json.dumps(tree, allow_nan=False, ensure_ascii=False, separators=(",", ":")))
    except ValueError as error:
        raise TenureError(
            Kind.FAILED, f"{noun}.not_finite", f"a {noun} holds NaN or infinity and was not stored"
        ) from error
