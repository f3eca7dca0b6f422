"""Collect: from the prediction log into chunks, and from posted labels into joined outcomes.

One unit of work holds what was read and the position up to which it was read, so a crash repeats
a reading and never counts it twice. Several workers may collect: who comes second has read in vain.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import polars as pl

from tenure.core import digests
from tenure.core.clock import BusinessClock, ClockMode
from tenure.core.deployments import CHAMPION
from tenure.core.errors import Kind, TenureError
from tenure.core.outcomes import Chunk
from tenure.core.tenants import SYSTEM
from tenure.ports.frames import Frame, Reading
from tenure.ports.work import Prediction, UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.join import join_labels
from tenure.services.parquet import parquet
from tenure.services.put_aside import put_aside

READ_BYTES = 32 * 1024 * 1024
HEARTBEAT = timedelta(seconds=5)
"""A serving process that said nothing for so long is not waited for."""
_OVERTAKEN = "log.overtaken"


@dataclass(frozen=True, slots=True)
class Collected:
    """What one pass did."""

    predictions: int
    labels: int
    moved: int  # clocks whose `collected` moved


def gather(house: House) -> Collected:
    """Read the whole log, join all posted labels, then move the clocks that may move."""
    now = house.clock.now()  # before the log is read, so that no clock moves too far
    clocks = clocks_of(house)
    barrier = acknowledged_barrier(house)
    predictions = 0
    while batch := _read(house):
        try:
            predictions += _store(house, batch)
        except TenureError as error:
            if error.code != _OVERTAKEN:
                raise
        failpoint("collect.between_batches")
    labels = join_labels(house, [clock.tenant_id for clock in clocks])
    failpoint("collect.after_labels")
    return Collected(predictions, labels, _move(house, clocks, barrier, now))


def clocks_of(house: House) -> list[BusinessClock]:
    """Return every tenant's clock."""
    with house.store.read() as work:
        return work.clocks.all()


def awaited(clock: BusinessClock, barrier: int) -> bool:
    """Return whether a replay waits for this clock, and serving's log is complete for it."""
    waits = clock.mode is ClockMode.REPLAY and clock.collected < clock.now
    return waits and barrier >= clock.barrier


def acknowledged_barrier(house: House) -> int:
    """Return the barrier that every living serving process has acknowledged."""
    now = house.clock.now()
    alive = [ack for ack in house.releases.acknowledged() if now - ack.at < HEARTBEAT]
    return min((ack.barrier for ack in alive), default=house.releases.index().barrier)


def _read(house: House) -> list[tuple[int, Reading]]:
    """Return what is new in the segments and from where, at most about `READ_BYTES`."""
    with house.store.read() as work:
        positions = work.positions.all()
    readings, budget = [], READ_BYTES
    for segment in house.logs.segments():
        offset = positions.get(segment, 0)
        reading = house.logs.read(segment, offset, budget)
        if reading.offset > offset:
            readings.append((offset, reading))
            budget -= reading.offset - offset
        if budget <= 0:
            break
    return readings


def _store(house: House, readings: Sequence[tuple[int, Reading]]) -> int:
    """Write chunks, then record chunks, predictions and positions in one unit of work."""
    grouped: dict[tuple[str, str], list[Frame]] = {}
    for _, reading in readings:
        for frame in reading.frames:
            grouped.setdefault((frame.tenant_id, frame.model_id), []).append(frame)
    tables = {key: _table(frames) for key, frames in grouped.items()}
    chunks = [chunk for key, table in tables.items() for chunk in _chunks(house, key, table)]
    failpoint("collect.after_blobs")
    with house.store.work() as work:
        for seen, reading in readings:
            _move_on(house, work, seen, reading)
        for chunk in chunks:
            work.chunks.put(chunk.tenant_id, chunk)
        new = sum(_add(work, key, table) for key, table in tables.items())
        failpoint("collect.before_commit")
    failpoint("collect.after_commit")
    return new


def _move_on(house: House, work: UnitOfWork, seen: int, reading: Reading) -> None:
    """Move a segment's position; raise `log.overtaken` when another worker has moved it since."""
    segment, now = reading.segment, house.clock.now()
    if not work.positions.set(segment, reading.offset, seen=seen):
        raise TenureError(Kind.UNAVAILABLE, _OVERTAKEN, f"another worker has read {segment}")
    put_aside(work, SYSTEM, "", "log.gap", reading.gap, segment, now)


def _table(frames: Sequence[Frame]) -> pl.DataFrame:
    parts = [pl.DataFrame(frame.table) for frame in frames]
    return pl.concat(parts, how="diagonal_relaxed")


def _chunks(house: House, key: tuple[str, str], table: pl.DataFrame) -> list[Chunk]:
    tenant_id, model_id = key
    chunks = []
    days = table.with_columns(pl.col("time").dt.truncate("1d").alias("__day"))
    for (day,), part in days.group_by(["__day"], maintain_order=True):
        assert isinstance(day, datetime)  # noqa: S101  # polars cannot say so in its types
        data = parquet(part.drop("__day"))
        digest = house.blobs.put(data)
        day_utc = day.astimezone(UTC)
        chunk_id = digests.short("ch", model_id, day_utc.isoformat(), digest)
        chunks.append(Chunk(chunk_id, tenant_id, model_id, day_utc, digest, part.height))
    return chunks


def _add(work: UnitOfWork, key: tuple[str, str], table: pl.DataFrame) -> int:
    answered = table.filter((pl.col("lane") == CHAMPION) & (pl.col("status") == "ok"))
    columns = answered.select("request_id", "row", "key", "time")
    rows = [Prediction(*row) for row in columns.iter_rows()]
    return work.outcomes.add_predictions(*key, rows)


def _move(house: House, seen: list[BusinessClock], barrier: int, now: datetime) -> int:
    """Move `collected` up to the time that was announced before the log was read."""
    targets = {
        clock.tenant_id: clock.now if clock.mode is ClockMode.REPLAY else now
        for clock in seen
        if awaited(clock, barrier) or _wall_moves(house, clock, now)
    }
    if not targets:
        return 0
    moved = 0
    with house.store.work() as work:
        for before in seen:
            target = targets.get(before.tenant_id)
            if target is None:
                continue
            clock = work.clocks.get(before.tenant_id, before.tenant_id, lock=True)
            if clock.mode is before.mode and clock.barrier == before.barrier:
                at = target if clock.mode is ClockMode.WALL else clock.now
                work.clocks.save(before.tenant_id, replace(clock, now=at, collected=target))
                moved += 1
        failpoint("clock.before_commit")
    failpoint("clock.after_commit")
    return moved


def _wall_moves(house: House, clock: BusinessClock, now: datetime) -> bool:
    """Move a wall clock when work is due, and once a minute; not at every look."""
    if clock.mode is not ClockMode.WALL:
        return False
    return now - clock.collected >= timedelta(minutes=1) or _due(house, clock, now)


def _due(house: House, clock: BusinessClock, now: datetime) -> bool:
    with house.store.read() as work:
        return work.jobs.open_count(clock.tenant_id, now) > 0
