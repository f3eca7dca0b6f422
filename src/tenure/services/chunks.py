"""Chunks: logged predictions of one model and one UTC day as an immutable Parquet object."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl

from tenure.core import digests
from tenure.core.outcomes import Chunk
from tenure.services.house import House
from tenure.services.parquet import frame, parquet


def pack(key: tuple[str, str], day: datetime, table: pl.DataFrame) -> tuple[Chunk, bytes]:
    """Return the chunk and its object, which has to be stored before the chunk is recorded.

    `key` is tenant and model: equal rows of another model are another object.
    """
    tenant_id, model_id = key
    data = parquet(table, owner="/".join(key))
    digest = digests.of_bytes(data)
    chunk_id = digests.short("ch", model_id, day.isoformat(), digest)
    return Chunk(chunk_id, tenant_id, model_id, day, digest, table.height), data


def unpack(
    house: House, chunks: Iterable[Chunk], columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return the rows of chunks, in their order, or only some of their columns."""
    parts = [frame(house.blobs.get(chunk.digest), columns) for chunk in chunks]
    return pl.concat(parts, how="diagonal_relaxed") if len(parts) > 1 else parts[0]
