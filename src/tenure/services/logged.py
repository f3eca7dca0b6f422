"""Logged answers, each once: as one table, or in parts that fit in memory whatever was logged.

A part holds every row of the requests that are in it, so that answers can be counted once and the arms of
a trial paired within it. What does not fit is spread over files that have no name: nobody else can
open them, and a kill leaves none behind.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import Any

import polars as pl
import pyarrow as pa

from tenure.core.calendar import day_of
from tenure.core.models import Model
from tenure.core.outcomes import FRAME_COLUMNS, Chunk
from tenure.ports.work import UnitOfWork
from tenure.services import chunks
from tenure.services.house import House

PART_ROWS = 1 << 16
"""Rows of a part, on the average: some eight megabytes without features."""
_MOST_PARTS = 256  # each is an open file
_ANSWER = ["request_id", "row", "lane"]
_ORDER = ["time", *_ANSWER]
_PART = "__part"


def logged_rows(
    house: House, work: UnitOfWork, model: Model, since: datetime, until: datetime
) -> pl.DataFrame:
    """Return the logged answers of the days that hold [since, until], with their features.

    They come in order of their time, whatever the order in which they were collected; of a request
    that was repeated the first answer counts.
    """
    found = _of_days(work, model, since, until)
    return _once(chunks.unpack(house, found)) if found else pl.DataFrame()


def logged_parts(  # one span of one model
    house: House,
    work: UnitOfWork,
    model: Model,
    since: datetime,
    until: datetime,
    *,
    rows: int = PART_ROWS,
    columns: Sequence[str] | None = FRAME_COLUMNS,
) -> Iterator[pl.DataFrame]:
    """Yield the same answers in parts of about so many rows; without features unless asked for.

    Each part is in order of time; together they are not. `columns` None are all of them.
    """
    found = _of_days(work, model, since, until)
    parts = min(_MOST_PARTS, -(-sum(chunk.rows for chunk in found) // rows))
    if parts > 1:
        yield from _spread(house, found, parts, columns)
    elif found:
        yield _once(chunks.unpack(house, found, columns))


def _of_days(work: UnitOfWork, model: Model, since: datetime, until: datetime) -> list[Chunk]:
    return work.chunks.list(
        model.tenant_id,
        model_id=model.id,
        day__gte=day_of(since),
        day__lt=day_of(until) + timedelta(days=1),
        limit=1_000_000,
    )


def _once(table: pl.DataFrame) -> pl.DataFrame:
    ordered = table.sort("received", *_ORDER)
    return ordered.unique(_ANSWER, keep="first").sort(_ORDER)


def _spread(
    house: House, found: Sequence[Chunk], parts: int, columns: Sequence[str] | None
) -> Iterator[pl.DataFrame]:
    """Give each request to a file by its hash, then yield file by file."""
    place = (pl.col("request_id").hash() % parts).alias(_PART)
    with ExitStack() as stack:
        files = [stack.enter_context(TemporaryFile()) for _ in range(parts)]
        for chunk in found:
            table = chunks.unpack(house, [chunk], columns).with_columns(place)
            for piece in table.partition_by(_PART):
                piece.drop(_PART).write_ipc_stream(files[piece[_PART][0]])
        for file in files:
            if tables := _streams(file):
                yield _once(pl.concat(tables, how="diagonal_relaxed"))
            file.close()


def _streams(file: Any) -> list[pl.DataFrame]:
    """Return the tables that were written into the file, one behind the other."""
    end = file.tell()
    file.seek(0)
    found: list[Any] = []
    while file.tell() < end:
        found.append(pl.from_arrow(pa.ipc.open_stream(file).read_all()))
    return found
