"""What comes in: bodies within their limit, read once, as bytes or as strict JSON."""

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
)
from starlette.types import Message, Receive

from tenure.api.errors import RequestRefused
from tenure.core.media import CSV, JSON, PARQUET

SMALL = 1024**2
ROWS = 16 * 1024**2
"""Limit of a post of labels or predictions."""
TABLE = 512 * 1024**2
"""Limit of a dataset."""
FILE = 512 * 1024**2
"""Limit of a model file."""

TRAINING_CODE = 9 * 1024**2
"""Limit of a package of training code: its files, and their names."""

REPORT = 16 * 1024**2
"""Limit of what a CI reports."""

BYTES = "application/octet-stream"
XML = ("application/xml", "text/xml")

_DEEPEST = 32
_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Body(BaseModel):
    """A JSON object with known fields only."""

    model_config = ConfigDict(extra="forbid")


def _printable(text: str) -> str:
    if not all(char.isprintable() or char in "\n\t" for char in text):
        raise ValueError("text may not hold control characters")
    return text


def _written(value: object) -> object:
    """Refuse numbers, which pydantic would take for seconds since 1970."""
    if not isinstance(value, str) or _ISO.match(value) is None:
        raise ValueError("a time is written as 2024-01-31T09:00:00Z")
    return value


def _sensible(at: datetime) -> datetime:
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"the year must lie between {EARLIEST.year} and {LATEST.year}")
    return at.astimezone(UTC)


Text = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_printable)]
"""Words of a person: a name, a reason."""
Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_sensible)]
"""A time with its zone, turned into UTC."""
QueryText = Annotated[str | None, Query(max_length=300)]
InstantQuery = Annotated[Instant | None, Query(description="a time with its zone")]


class LimitedRequest(Request):
    """A request whose body ends at a limit, and whose JSON is JSON: no NaN, no NUL."""

    async def json(self) -> Any:
        """Return the decoded body; raise `request.bad_json`."""
        raw = await self.body()
        if b"\\u0000" in raw:
            raise refused_text("the body")
        try:
            return _shallow(msgspec.json.decode(raw))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            reason = str(error) or "nested too deeply"
            raise RequestRefused(
                422, "request.bad_json", reason, hint="the body must be JSON"
            ) from error


def limited(request: Request, limit: int) -> LimitedRequest:
    """Return the request with a body of at most `limit` bytes; raise `request.too_large`."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    return LimitedRequest(request.scope, _counted(request.receive, limit))


def refused_text(where: str) -> RequestRefused:
    """Return the error for control characters, which nothing of ours is named by."""
    return RequestRefused(422, "request.bad_text", f"{where} holds control characters")


def upload(*media: str) -> Callable[[Request], Awaitable[tuple[bytes, str]]]:
    """Return a dependency that reads a body of one of the media types: (bytes, media type)."""

    async def read(request: Request) -> tuple[bytes, str]:
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type not in media:
            raise RequestRefused(
                415,
                "request.bad_media",
                f"this address does not take {media_type or 'a body without a content type'}",
                hint="Content-Type: " + " | ".join(media),
            )
        return await request.body(), media_type

    return read


RowsIn = Annotated[tuple[bytes, str], Depends(upload(JSON, CSV, PARQUET))]
FileIn = Annotated[tuple[bytes, str], Depends(upload(BYTES))]
ReportIn = Annotated[tuple[bytes, str], Depends(upload(*XML))]
TableIn = Annotated[tuple[bytes, str], Depends(upload(CSV, PARQUET))]


def _shallow(value: object) -> object:
    """Return the value; raise RecursionError when it is nested deeper than any of ours."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return value
    raise RecursionError


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _counted(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _too_large(limit)
        return message

    return counted


def _too_large(limit: int) -> RequestRefused:
    return RequestRefused(
        413,
        "request.too_large",
        f"this address takes at most {limit / 1024**2:g} MiB at once",
        hint="send it in parts",
    )
