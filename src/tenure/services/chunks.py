"""Chunks: logged predictions of one model and one UTC day as an immutable Parquet object."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl

from tenure.core import digests
from tenure.core.outcomes import Chunk
from tenure.services.house import House
from tenure.services.parquet import frame, parquet, parquet_of_parts


def pack(key: tuple[str, str], day: datetime, table: pl.DataFrame) -> tuple[Chunk, bytes]:
    """Return the chunk and its object, which has to be stored before the chunk is recorded.

    `key` is tenant and model: equal rows of another model are another object.
    """
    return _named(key, day, table.height, parquet(table, owner="/".join(key)))


def merge(house: House, group: Sequence[Chunk]) -> tuple[Chunk, bytes]:
    """Return chunks of one model and day as one, row for row; a few of them are in memory at once."""
    first = group[0]
    key = first.tenant_id, first.model_id
    nothing = (unpack(house, [chunk]).clear() for chunk in group)
    empty = pl.concat(nothing, how="diagonal_relaxed")
    parts = (unpack(house, [chunk]) for chunk in group)
    data = parquet_of_parts(empty, parts, owner="/".join(key))
    return _named(key, first.day, sum(chunk.rows for chunk in group), data)


def _named(key: tuple[str, str], day: datetime, rows: int, data: bytes) -> tuple[Chunk, bytes]:
    tenant_id, model_id = key
    digest = digests.of_bytes(data)
    chunk_id = digests.short("ch", model_id, day.isoformat(), digest)
    return Chunk(chunk_id, tenant_id, model_id, day, digest, rows, len(data)), data


def unpack(
    house: House, chunks: Iterable[Chunk], columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return the rows of chunks, in their order, or only some of their columns."""
    parts = [frame(house.blobs.get(chunk.digest), columns) for chunk in chunks]
    return pl.concat(parts, how="diagonal_relaxed") if len(parts) > 1 else parts[0]
