"""Collect: from the prediction log into chunks, and from posted labels into joined outcomes.

One unit of work holds what was read and the position up to which it was read, so a crash repeats
a reading and never counts it twice. Several workers may collect: who comes second has read in vain.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import polars as pl
import pyarrow as pa

from tenure.core.calendar import day_of
from tenure.core.clock import BusinessClock, ClockMode
from tenure.core.deployments import ANSWERED
from tenure.core.errors import Kind, TenureError
from tenure.core.outcomes import Chunk
from tenure.core.tenants import SYSTEM
from tenure.core.usage import Used
from tenure.ports.frames import Frame, Reading
from tenure.ports.outcomes import Made
from tenure.ports.releases import alive
from tenure.ports.work import UnitOfWork
from tenure.services import chunks, compact, elsewhere, gaps, profiling, segments, usage
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.join import forget_labels, join_posted, join_waiting
from tenure.services.put_aside import put_aside

log = logging.getLogger(__name__)

READ_BYTES = 32 * 1024 * 1024
_OVERTAKEN = "log.overtaken"
_AT_LEAST = timedelta(minutes=1)
Key = tuple[str, str]
"""Tenant and model."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What one pass did."""

    predictions: int
    labels: int
    moved: int  # clocks whose `collected` moved


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was read of the segments, and from where on."""

    readings: tuple[Reading, ...]
    offsets: dict[str, int]
    is_all: bool  # nothing more was there


def gather(house: House) -> Collected:
    """Read the whole log, join all posted labels, then move the clocks that may move.

    A tenant whose labels cannot be joined keeps its time, and the others go on.
    """
    targets = _targets(house)  # before the log is read, so that no clock moves too far
    predictions = 0
    while True:
        batch = _read(house)
        try:
            predictions += _store(house, batch)
        except TenureError as error:
            if error.code == profiling.OVERTAKEN:
                continue  # nothing was stored: the same rows are counted on the new reference
            if error.code != _OVERTAKEN:
                raise
        failpoint("collect.between_batches")
        if batch.is_all:  # what has come since is for the next time, or this would never end
            break
    segments.remove_spent(house)
    labels, ready = _join(house, targets)
    failpoint("collect.after_labels")
    return Collected(predictions, labels, _move(house, ready))


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
    living = alive(house.releases, house.clock.now())
    return min((ack.barrier for ack in living), default=house.releases.index().barrier)


def _targets(house: House) -> dict[BusinessClock, datetime]:
    """Return whose labels are joined now, and up to where their time may move.

    A replay's labels are joined when the step's log is complete, so that it does not matter which
    of the two was quicker. A wall clock moves when work is due, and once a minute.
    """
    barrier = acknowledged_barrier(house)
    now = house.clock.now()
    targets = {}
    with house.store.read() as work:
        for clock in work.clocks.all():
            if clock.mode is ClockMode.WALL:
                late = now - clock.collected >= _AT_LEAST
                due = late or work.jobs.open_count(clock.tenant_id, now) > 0
                targets[clock] = now if due else clock.collected
            elif awaited(clock, barrier):
                targets[clock] = clock.now
    return targets


def _read(house: House) -> _Batch:
    """Return what is new in the segments, at most about `READ_BYTES`."""
    with house.store.read() as work:
        positions = work.positions.all()
    readings, offsets, budget = [], {}, READ_BYTES
    for segment in house.logs.segments():
        offset = positions.get(segment, 0)
        try:
            reading = house.logs.read(segment, offset, budget)
        except TenureError as error:
            if error.code != segments.REMOVED:
                raise
            continue
        if reading.offset > offset:
            readings.append(reading)
            offsets[segment] = offset
            budget -= reading.offset - offset
        if budget <= 0:
            break
    return _Batch(tuple(readings), offsets, is_all=budget > 0)


def _store(house: House, batch: _Batch) -> int:
    """Write chunks, then record chunks, predictions and positions in one unit of work."""
    if not batch.readings:
        return 0
    frames: dict[Key, list[Frame]] = {}
    read = [f for reading in batch.readings for f in reading.frames if f.table.num_rows]
    for frame in read:
        if not gaps.is_gap(frame):
            frames.setdefault((frame.tenant_id, frame.model_id), []).append(frame)
    tables, unreadable = _tables(frames)
    fresh = [chunk for key, table in tables.items() for chunk in _chunks(house, key, table)]
    counted = profiling.count(house, tables)
    failpoint("collect.after_blobs")
    with house.store.work() as work:
        for reading in batch.readings:
            _move_on(house, work, batch.offsets[reading.segment], reading)
        for chunk in fresh:
            work.chunks.put(chunk.tenant_id, chunk)
        compact.ask(work, [one for one in fresh if work.models.find(one.tenant_id, one.model_id)])
        new = sum(_add(house, work, key, tables[key]) for key in sorted(tables))
        profiling.add(work, counted)
        elsewhere.ask_of(work, fresh)
        gaps.record(work, filter(gaps.is_gap, read))
        for (tenant_id, model_id), found in unreadable.items():
            put_aside(work, tenant_id, model_id, {"log.unreadable": found}, house.clock.now())
        failpoint("collect.before_commit")
    failpoint("collect.after_commit")
    return new


def _move_on(house: House, work: UnitOfWork, seen: int, reading: Reading) -> None:
    """Move a segment's position; raise `log.overtaken` when another worker has moved it since."""
    segment = reading.segment
    if not work.positions.set(segment, reading.offset, seen=seen):
        raise TenureError(Kind.UNAVAILABLE, _OVERTAKEN, f"another worker has read {segment}")
    put_aside(work, SYSTEM, "", {"log.gap": (reading.gap, segment)}, house.clock.now())


def _tables(
    grouped: dict[Key, list[Frame]],
) -> tuple[dict[Key, pl.DataFrame], dict[Key, tuple[int, str]]]:
    """Return each model's frames as one table; what does not fit together is told apart."""
    tables, unreadable = {}, {}
    for key, frames in grouped.items():
        try:
            tables[key] = _together([frame.table for frame in frames])
        except (pl.exceptions.PolarsError, pa.ArrowException) as error:
            unreadable[key] = (sum(frame.table.num_rows for frame in frames), str(error))
    return tables, unreadable


def _together(tables: list[Any]) -> pl.DataFrame:
    """Return Arrow tables as one; those of one schema are put together before polars sees them."""
    alike = [list(run) for _, run in groupby(tables, key=lambda table: table.schema)]
    parts = [pl.DataFrame(pa.concat_tables(run).combine_chunks()) for run in alike]
    return pl.concat(parts, how="diagonal_relaxed") if len(parts) > 1 else parts[0]


def _chunks(house: House, key: Key, table: pl.DataFrame) -> list[Chunk]:
    found = []
    for day, part in _days(table):
        chunk, data = chunks.pack(key, day, part)
        house.blobs.put(data)
        found.append(chunk)
    return found


def _days(table: pl.DataFrame) -> list[tuple[datetime, pl.DataFrame]]:
    """Return the rows of each UTC day; nearly always there is one."""
    first, last = table["time"].min(), table["time"].max()
    assert isinstance(first, datetime)  # noqa: S101  # polars cannot say so in its types
    assert isinstance(last, datetime)  # noqa: S101  # as above
    if day_of(first) == day_of(last):
        return [(day_of(first), table)]
    day = pl.col("time").dt.truncate("1d").alias("__day")
    parts = table.with_columns(day).partition_by("__day", maintain_order=True)
    return [(day_of(part["time"][0]), part.drop("__day")) for part in parts]


def _add(house: House, work: UnitOfWork, key: Key, table: pl.DataFrame) -> int:
    """Add what clients were answered; labels that waited for them are joined at once."""
    answered = table.filter(pl.col("lane").is_in(ANSWERED) & (pl.col("status") == "ok"))
    made = Made(
        answered["request_id"].to_list(),
        answered["row"].to_list(),
        answered["key"].to_list(),
        answered["time"].to_physical().to_list(),
    )
    model = work.models.find(*key)
    if model is not None:  # everybody locks the clock before the outcomes
        work.clocks.get(model.tenant_id, model.tenant_id, lock=True)
    new = work.outcomes.add_predictions(*key, made)
    if model is not None:
        usage.add(work, model.tenant_id, Used.PREDICTIONS, new, house.clock.now())
    if new and model is not None:
        join_waiting(house, work, model, made)
    return new


def _join(
    house: House, targets: dict[BusinessClock, datetime]
) -> tuple[int, dict[BusinessClock, datetime]]:
    """Join what was posted; return how many labels, and which clocks may move."""
    with house.store.read() as work:
        posted = {one.tenant_id: work.label_batches.list(one.tenant_id) for one in targets}
    labels, ready = 0, {}
    for clock, to in targets.items():
        try:
            labels += join_posted(house, clock.tenant_id, posted[clock.tenant_id])
            if day_of(to) > day_of(clock.collected):
                forget_labels(house, clock.tenant_id, to)
        except TenureError as error:  # one tenant's trouble is not another's
            log.error("the labels of %s wait: %s", clock.tenant_id, error)  # noqa: TRY400  # no trace
        else:
            ready[clock] = to
    return labels, ready


def _move(house: House, targets: dict[BusinessClock, datetime]) -> int:
    """Move `collected` up to the time that was announced before the log was read."""
    ahead = {before: to for before, to in targets.items() if to > before.collected}
    if not ahead:
        return 0
    moved = 0
    with house.store.work() as work:
        for before, to in ahead.items():
            clock = work.clocks.get(before.tenant_id, before.tenant_id, lock=True)
            same = clock.mode is before.mode and clock.barrier == before.barrier
            if not same or clock.collected >= to:
                continue
            now = to if clock.mode is ClockMode.WALL else clock.now
            work.clocks.save(before.tenant_id, replace(clock, now=now, collected=to))
            moved += 1
        failpoint("clock.before_commit")
    failpoint("clock.after_commit")
    return moved
