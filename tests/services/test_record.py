"""What happened is told once, in order, with who did it; the loop's jobs follow in the same work."""

import pytest

from tenure.core.clock import ClockMode
from tenure.core.events import Event
from tenure.core.jobs import Job
from tenure.core.ledger import verify
from tenure.services import clock as clocks
from tenure.services.house import House
from tenure.services.record import business_now, fresh_clock, record
from tests.small.clock import HandClock
from tests.small.life import LIVE, Life
from tests.small.rows import DAY


def test_an_entry_follows_the_one_before_it(house: House, clock: HandClock) -> None:
    event = Event("clock.set", "acme", "", "acme", LIVE, {"mode": "replay"})
    with house.store.work() as work:
        record(house, work, event, actor="anna")
        record(house, work, event)
        entries = work.ledger.read("acme")
    first, second = entries[-2:]
    assert (first.actor, second.actor) == ("anna", "loop")
    assert (second.prev, second.seq) == (first.hash, first.seq + 1)
    assert (first.at, first.business_at) == (clock.now(), LIVE)
    assert verify(entries).ok


def test_nothing_is_told_when_the_work_is_given_up(house: House) -> None:
    event = Event("clock.set", "acme", "", "acme", LIVE, {})
    with house.store.read() as work:
        before = work.ledger.head("acme")
    with pytest.raises(RuntimeError, match="cut"):
        _told_and_given_up(house, event)
    with house.store.read() as work:
        assert work.ledger.head("acme") == before


def _told_and_given_up(house: House, event: Event) -> None:
    with house.store.work() as work:
        record(house, work, event)
        raise RuntimeError("cut")


def test_an_event_that_nobody_knows_is_a_mistake_of_ours(house: House) -> None:
    with house.store.work() as work, pytest.raises(ValueError, match=r"made\.up"):
        record(house, work, Event("made.up", "acme", "", "acme", LIVE, {}))


def test_with_a_spec_the_loops_jobs_follow(life: Life) -> None:
    before = len(life.jobs())
    event = Event("finding.opened", life.tenant, life.model, "f_1", LIVE, {"kind": "accuracy"})
    with life.house.store.work() as work:
        record(life.house, work, event)
    assert len(life.jobs()) == before
    with life.house.store.work() as work:
        record(life.house, work, event, spec=life.spec)
    assert {job.kind for job in life.jobs()[before:]} >= {"study"}


def test_business_time_is_the_walls_or_the_replays(house: House, clock: HandClock) -> None:
    with house.store.read() as work:
        assert business_now(house, work, "acme") == clock.now()
        assert business_now(house, work, "nobody") == clock.now()
    clocks.advance(house, "anna", "acme", LIVE)
    with house.store.read() as work:
        assert business_now(house, work, "acme") == LIVE


def test_a_job_of_a_replay_happens_when_it_was_due(life: Life) -> None:
    clocks.advance(life.house, "anna", life.tenant, LIVE + 9 * DAY)
    due = next(job for job in life.jobs() if job.due_at is not None)
    with life.house.store.read() as work:
        assert isinstance(due, Job)
        assert business_now(life.house, work, life.tenant, due) == due.due_at
        assert business_now(life.house, work, life.tenant) == LIVE + 9 * DAY


def test_a_fresh_clock_goes_with_the_wall() -> None:
    made = fresh_clock("acme", LIVE)
    assert (made.tenant_id, made.mode, made.now, made.collected) == (
        "acme",
        ClockMode.WALL,
        LIVE,
        LIVE,
    )
