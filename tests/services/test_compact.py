"""Compacting: small chunks become one row for row, whenever it is cut, and readers read on."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl
import pytest

from tenure.core import compaction
from tenure.core.jobs import Job, JobKind, JobState
from tenure.core.outcomes import Chunk
from tenure.services import collect, compact, failpoints, garbage
from tenure.services.logged import logged_rows
from tests.small import server
from tests.small.clock import HandClock
from tests.small.life import LIVE, Life
from tests.small.rows import DAY, HOUR, between


class Cut(BaseException):
    """Ends a piece of work at a failpoint, as a kill does."""


@pytest.fixture
def cut_at() -> Iterator[list[str]]:
    """Names of failpoints to be cut at, each once."""
    names: list[str] = []

    def trap(name: str) -> None:
        if name in names:
            names.remove(name)
            raise Cut(name)

    failpoints.arm(trap)
    yield names
    failpoints.disarm(trap)


def chunks(life: Life) -> list[Chunk]:
    return life.read(lambda work: work.chunks.list(life.tenant, model_id=life.model))


def logged(life: Life) -> pl.DataFrame:
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        return logged_rows(life.house, work, model, LIVE, LIVE + DAY)


def in_pieces(life: Life, pieces: int = 12) -> None:
    """Live a day in so many steps that each leaves a chunk."""
    for hour in range(pieces):
        life.answer(LIVE + hour * HOUR, LIVE + (hour + 1) * HOUR)
        collect.gather(life.house)


def compaction_job(life: Life) -> Job:
    jobs = life.read(lambda work: work.jobs.list(life.tenant, state=JobState.READY))
    (job,) = [job for job in jobs if job.kind is JobKind.COMPACT]
    with life.house.store.work() as work:
        clock = work.clocks.get(life.tenant, life.tenant)
        assert clock.collected < job.due_at  # type: ignore[operator]  # it has one
    return job


def run(life: Life, job: Job) -> None:
    """Do the work of the job without its end, which needs a lease."""
    found = life.read(lambda work: work.chunks.list(life.tenant, model_id=life.model))
    for group in compaction.groups(found):
        compact._merge(life.house, group)


def test_a_week_is_compacted_when_it_is_over(life: Life) -> None:
    in_pieces(life)
    before, rows = logged(life), sum(chunk.rows for chunk in chunks(life))
    assert len(chunks(life)) > 3
    life.advance(LIVE + 10 * DAY)
    (merged,) = chunks(life)
    assert (merged.day, merged.rows) == (LIVE, rows)
    assert logged(life).equals(before)


def test_a_busy_day_is_compacted_before_its_week_is_over(life: Life) -> None:
    rows = between(life.rows, "at", LIVE, LIVE + 3 * DAY).with_columns(at=pl.lit(LIVE + HOUR))
    for place in range(compaction.MANY):
        server.answer(life.house, life.tenant, life.model, rows.slice(place, 1))
        collect.gather(life.house)
    assert len(chunks(life)) == compaction.MANY
    life.work()
    (merged,) = chunks(life)
    assert merged.rows == 2 * compaction.MANY  # the challenger answered as well


@pytest.mark.parametrize(
    "place",
    [
        "compact.before_blob",
        "compact.after_blob",
        "compact.before_commit",
        "compact.after_commit",
    ],
)
def test_wherever_it_is_cut_every_row_is_there_once_and_nothing_is_left_over(
    life: Life, clock: HandClock, cut_at: list[str], place: str
) -> None:
    in_pieces(life)
    before = logged(life)
    job = compaction_job(life)
    cut_at.append(place)
    with pytest.raises(Cut):
        run(life, job)
    assert logged(life).equals(before)
    run(life, job)
    assert logged(life).equals(before)
    assert len(chunks(life)) == 1
    clock.move(2 * garbage.GRACE + timedelta(days=2))
    garbage.sweep(life.house, life.tenant)
    assert life.read(lambda work: work.garbage.list(life.tenant)) == []
    assert logged(life).equals(before)


def test_old_objects_are_there_until_the_grace_is_over(life: Life, clock: HandClock) -> None:
    in_pieces(life)
    old = [chunk.digest for chunk in chunks(life)]
    run(life, compaction_job(life))
    garbage.sweep(life.house, life.tenant)
    assert all(life.house.blobs.has(digest) for digest in old)
    clock.move(garbage.GRACE + timedelta(seconds=1))
    garbage.sweep(life.house, life.tenant)
    assert not any(life.house.blobs.has(digest) for digest in old)
    assert logged(life).height


def test_an_object_that_is_named_again_is_kept(life: Life, clock: HandClock) -> None:
    in_pieces(life, 2)
    first = chunks(life)[0]
    with life.house.store.work() as work:
        garbage.discard(life.house, work, life.tenant, life.model, [first.digest])
    clock.move(2 * garbage.GRACE)
    garbage.sweep(life.house, life.tenant)
    assert life.house.blobs.has(first.digest)


def test_what_another_worker_has_merged_meanwhile_is_left_alone(
    life: Life, cut_at: list[str]
) -> None:
    in_pieces(life)
    (group,) = compaction.groups(chunks(life))
    compact._merge(life.house, group)
    after = chunks(life)
    compact._merge(life.house, group)  # had been read before
    assert chunks(life) == after
