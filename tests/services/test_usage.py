"""What a tenant uses is counted where it is recorded: each answer once, each training, each byte."""

from datetime import timedelta

from tenure.core.usage import Month, Usage, Used, month_of, usage_id
from tenure.services import usage
from tests.small.clock import HandClock
from tests.small.life import Life


def counted(life: Life, used: Used, clock: HandClock) -> Usage:
    name = usage_id(month_of(clock.now()), used)
    return life.read(lambda work: work.usage.get(life.tenant, name))


def test_answers_trainings_and_bytes_are_counted(life: Life, clock: HandClock) -> None:
    life.days(20, 22)
    runs = life.read(lambda work: work.runs.list(life.tenant))
    made = life.read(lambda work: work.outcomes.counts(life.tenant, life.model))["predictions"]
    assert counted(life, Used.PREDICTIONS, clock).amount == made > 0
    assert counted(life, Used.TRAINING, clock).amount == sum(run.cpu_seconds for run in runs) > 0
    chunks = life.read(lambda work: work.chunks.list(life.tenant))
    assert [one.bytes for one in chunks] == [
        len(life.house.blobs.get(one.digest)) for one in chunks
    ]
    for run in runs:
        kept = [*(run.files or {}).values(), run.holdout_outputs]
        assert run.bytes == sum(len(life.house.blobs.get(digest)) for digest in kept)
    (month,) = usage.of_tenant(life.house, life.tenant)
    assert (month.models, month.predictions) == (1, made)
    assert month.stored_bytes > sum(one.bytes for one in chunks) + sum(run.bytes for run in runs)


def test_what_is_stored_is_measured_once_a_day(life: Life, clock: HandClock) -> None:
    first, second = usage.Gauge(life.house), usage.Gauge(life.house)
    assert first.look(clock.now()) == 0  # not before a minute
    clock.move(usage.FIRST_AFTER)
    assert [first.look(clock.now()), first.look(clock.now()), second.look(clock.now())] == [1, 0, 0]
    clock.move(timedelta(days=1))
    assert first.look(clock.now()) == 1
    measured = counted(life, Used.STORED, clock)
    stored = life.read(lambda work: usage.stored_bytes(work, life.tenant))
    assert (measured.times, measured.amount) == (2, 2 * stored)
    clock.move(timedelta(days=40))

    def month() -> Month:
        return usage.of_tenant(life.house, life.tenant)[0]

    assert (month().models, month().stored_bytes) == (None, stored)
