"""Collecting: frames are read once, days split, clocks move when everything before them is read."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa

from tenure.core.jobs import JobKind, NewJob
from tenure.core.outcomes import Chunk, Quarantined
from tenure.core.tenants import SYSTEM
from tenure.ports.frames import Frame, Reading
from tenure.ports.releases import SILENCE, Acknowledgement
from tenure.services import clock as business
from tenure.services import collect, tenants
from tenure.services.house import House
from tests.small import server
from tests.small.clock import HandClock
from tests.small.life import LIVE, Life
from tests.small.rows import BEGIN, DAY, HOUR, between

DAY_20 = (LIVE, LIVE + DAY)


def counts(life: Life) -> dict[str, int]:
    return life.read(lambda work: work.outcomes.counts(life.tenant, life.model))


def chunks(life: Life) -> list[Chunk]:
    return life.read(lambda work: work.chunks.list(life.tenant, model_id=life.model))


def aside(life: Life, tenant: str) -> list[Quarantined]:
    return life.read(lambda work: work.quarantine.list(tenant))


def collected(life: Life) -> datetime:
    return life.read(lambda work: work.clocks.get(life.tenant, life.tenant)).collected


def acknowledge(house: House, barrier: int, process: str = "serving-1") -> None:
    generation = house.releases.index().generation
    now = house.clock.now()
    house.releases.acknowledge(Acknowledgement(process, 1, generation, barrier, now))


def test_frames_are_read_once(life: Life) -> None:
    asked = life.answer(*DAY_20)
    assert collect.gather(life.house).predictions == asked
    assert collect.gather(life.house).predictions == 0
    assert counts(life)["predictions"] == asked
    assert sum(chunk.rows for chunk in chunks(life)) == 2 * asked  # champion and challenger


def test_a_reading_that_was_repeated_after_a_crash_counts_once(life: Life) -> None:
    asked = life.answer(*DAY_20)
    collect.gather(life.house)
    before = chunks(life)
    with life.house.store.work() as work:  # as if the position had not been committed
        for segment in life.house.logs.segments():
            work.positions.set(segment, 0)
    collect.gather(life.house)
    assert chunks(life) == before
    assert counts(life)["predictions"] == asked


def test_a_request_that_was_repeated_counts_once(life: Life) -> None:
    asked = life.answer(*DAY_20)
    life.answer(*DAY_20)
    life.advance(LIVE + 3 * DAY)
    assert counts(life)["predictions"] == asked
    (window,) = life.read(lambda work: work.windows.list(life.tenant, lane="champion", day=LIVE))
    assert window.predictions == asked


def test_answers_are_split_by_the_day_of_their_time(life: Life) -> None:
    life.answer(LIVE, LIVE + 3 * DAY)
    collect.gather(life.house)
    assert [chunk.day for chunk in chunks(life)] == [LIVE, LIVE + DAY, LIVE + 2 * DAY]
    for chunk in chunks(life):
        times = pl.read_parquet(life.house.blobs.get(chunk.digest))["time"]
        assert times.dt.truncate("1d").unique().to_list() == [chunk.day]


def test_failed_requests_and_shadows_wait_for_no_label(life: Life) -> None:
    rows = between(life.rows, "at", *DAY_20)
    server.answer(life.house, life.tenant, life.model, rows, status="row.bad_type")
    collect.gather(life.house)
    assert counts(life)["predictions"] == 0
    assert chunks(life)


def test_a_torn_tail_is_read_when_its_writer_is_dead_and_counted(
    life: Life, tmp_path: Path
) -> None:
    asked = life.answer(*DAY_20)
    life.house.log_writer().close()
    (segment,) = (tmp_path / "home" / "log").glob("*.seg")
    whole = segment.read_bytes()
    segment.write_bytes(whole[: len(whole) // 2])
    assert collect.gather(life.house).predictions == 0
    (gap,) = aside(life, SYSTEM)
    assert (gap.reason, gap.sample) == ("log.gap", segment.name)
    assert gap.rows > 0
    life.answer(*DAY_20)
    assert collect.gather(life.house).predictions == asked
    assert aside(life, SYSTEM) == [gap]


def test_frames_that_do_not_fit_together_are_put_aside_and_the_others_are_kept(
    life: Life,
) -> None:
    """A tenant's broken frames must not stop the collecting of everybody's."""
    tenants.create(life.house, "test", "bolt")
    twice = pa.table({"request_id": ["a"], "time": [[1, 2]]})
    once = pa.table({"request_id": ["a"], "time": ["now"]})
    for table in (twice, once):
        life.house.log_writer().append(Frame("bolt", "price", table))
    asked = life.answer(*DAY_20)
    assert collect.gather(life.house).predictions == asked
    (broken,) = aside(life, "bolt")
    assert (broken.reason, broken.rows) == ("log.unreadable", 2)


def test_a_log_that_is_written_all_the_time_does_not_keep_the_collector(life: Life) -> None:
    """What comes while it reads is for the next time."""
    endless = EndlessLog(life)
    house = replace(life.house, logs=endless)
    assert collect.gather(house).predictions == 1
    assert collect.gather(house).predictions == 1
    assert endless.answers == 2


class EndlessLog:
    """A log that gets one more answer whenever somebody looks into it."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self.answers = 0

    def segments(self) -> list[str]:
        at = LIVE + self.answers * HOUR
        self.answers += self._life.answer(at, at + HOUR)
        return self._life.house.logs.segments()

    def read(self, segment: str, offset: int, limit_bytes: int) -> Reading:
        return self._life.house.logs.read(segment, offset, limit_bytes)

    def is_spent(self, segment: str, offset: int, before: datetime) -> bool:
        return self._life.house.logs.is_spent(segment, offset, before)

    def remove(self, segment: str) -> None:
        raise AssertionError(segment)


def test_a_replays_time_does_not_move_before_serving_has_flushed(life: Life) -> None:
    acknowledge(life.house, 0)
    advance(life, LIVE + DAY)
    assert collect.gather(life.house).moved == 0
    assert collected(life) == LIVE
    life.answer(*DAY_20)
    acknowledge(life.house, life.house.releases.index().barrier)
    done = collect.gather(life.house)
    assert (done.moved, done.predictions) == (1, 24)
    assert collected(life) == LIVE + DAY


def test_every_living_process_is_waited_for_and_no_dead_one(life: Life, clock: HandClock) -> None:
    acknowledge(life.house, 0, "serving-dead")
    clock.move(SILENCE)
    advance(life, LIVE + DAY)
    barrier = life.house.releases.index().barrier
    acknowledge(life.house, barrier, "serving-1")
    acknowledge(life.house, 0, "serving-2")
    assert collect.gather(life.house).moved == 0
    acknowledge(life.house, barrier, "serving-2")
    assert collect.gather(life.house).moved == 1


def advance(life: Life, to: datetime) -> None:
    business.advance(life.house, "test", life.tenant, to)


def test_a_replays_labels_are_joined_when_its_log_is_complete(life: Life) -> None:
    acknowledge(life.house, 0)
    life.label(*DAY_20)
    advance(life, LIVE + DAY)
    assert collect.gather(life.house).labels == 0
    life.answer(*DAY_20)  # what serving had not written yet
    acknowledge(life.house, life.house.releases.index().barrier)
    assert collect.gather(life.house).labels == 18
    assert counts(life)["waiting"] == 0


def test_a_wall_clock_moves_when_work_is_due_and_once_a_minute(
    house: House, clock: HandClock
) -> None:
    begin = clock.now()
    clock.move(HOUR / 120)
    assert collect.gather(house).moved == 0
    with house.store.work() as work:
        work.jobs.add([NewJob("acme", JobKind.POLL_LABELS, "k", {}, due_at=begin)])
    assert collect.gather(house).moved == 1
    assert collect.clocks_of(house)[0].collected == clock.now()


def test_a_wall_clock_moves_no_further_than_the_log_was_read(
    house: House, clock: HandClock
) -> None:
    """Reading takes time; what comes meanwhile is not collected yet."""
    clock.move(HOUR)
    begin = clock.now()
    collect.gather(replace(house, logs=SlowLog(clock)))
    assert collect.clocks_of(house)[0].collected == begin


class SlowLog:
    """An empty log on a slow disk."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock

    def segments(self) -> list[str]:
        self._clock.move(HOUR)
        return []

    def read(self, segment: str, offset: int, limit_bytes: int) -> Reading:
        raise AssertionError(segment)

    def is_spent(self, segment: str, offset: int, before: datetime) -> bool:
        raise AssertionError(segment)

    def remove(self, segment: str) -> None:
        raise AssertionError(segment)


def test_a_tenant_whose_labels_cannot_be_joined_keeps_its_time_and_the_others_go_on(
    life: Life, clock: HandClock
) -> None:
    tenants.create(life.house, "test", "bolt")
    life.days(20, 23)
    for chunk in chunks(life):
        life.house.blobs.remove(chunk.digest)
    truth = between(life.rows, "at", *DAY_20).with_columns(left=pl.lit("no"))
    life.post(truth.with_columns(known=pl.lit(BEGIN + 23 * DAY)))
    advance(life, BEGIN + 24 * DAY)
    clock.move(HOUR)
    assert collect.gather(life.house).moved == 1
    assert {c.tenant_id: c.collected for c in collect.clocks_of(life.house)} == {
        "acme": BEGIN + 23 * DAY,
        "bolt": clock.now(),
    }
