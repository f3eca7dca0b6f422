"""A tenant's business time: show it, let a replay drive it, give it back to the wall."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core.clock import BusinessClock, ClockMode
from tenure.core.errors import conflict
from tenure.core.events import Event
from tenure.core.jobs import JobState
from tenure.core.tenants import SYSTEM
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.publish import raise_barrier
from tenure.services.record import record


@dataclass(frozen=True, slots=True)
class ClockView:
    """Where a tenant's business time stands, and whether all work due by then has ended."""

    mode: ClockMode
    now: datetime
    collected: datetime
    settled: bool
    open_jobs: int
    parked: int


def show(house: House, tenant_id: str) -> ClockView:
    """Return the tenant's clock."""
    return show_all(house, [tenant_id])[0]


def show_all(house: House, tenant_ids: Sequence[str]) -> list[ClockView]:
    """Return several tenants' clocks, in their order."""
    with house.store.read() as work:
        return [_view(house, work, tenant_id) for tenant_id in tenant_ids]


def are_settled(house: House, tenant_ids: Sequence[str]) -> bool:
    """Return whether all of them are settled: a quick look, which ends at the first that is not."""
    with house.store.read() as work:
        for tenant_id in tenant_ids:
            clock = work.clocks.get(tenant_id, tenant_id)
            if clock.collected < clock.now or work.jobs.open_count(tenant_id, _now(house, clock)):
                return False
    return True


def _view(house: House, work: UnitOfWork, tenant_id: str) -> ClockView:
    clock = work.clocks.get(tenant_id, tenant_id)
    now = _now(house, clock)
    open_jobs = work.jobs.open_count(tenant_id, now)
    parked = len(work.jobs.list(tenant_id, state=JobState.PARKED))
    settled = clock.collected >= clock.now and open_jobs == 0
    return ClockView(clock.mode, now, clock.collected, settled, open_jobs, parked)


def _now(house: House, clock: BusinessClock) -> datetime:
    return house.clock.now() if clock.mode is ClockMode.WALL else clock.now


def advance(house: House, actor: str, tenant_id: str, to: datetime) -> ClockView:
    """Move one tenant's business time; see `advance_all`."""
    return advance_all(house, actor, [tenant_id], to)[0]


def advance_all(
    house: House, actor: str, tenant_ids: Sequence[str], to: datetime
) -> list[ClockView]:
    """Move the tenants' business time to `to` (replay mode from then on), together.

    Serving is asked to flush its log; the worker collects it, then runs what is due. Advancing
    to the same instant again is harmless; backwards raises `clock.backwards` and moves nobody.
    """
    going_on = []
    with house.store.work() as work:
        for tenant_id in tenant_ids:
            clock = work.clocks.get(tenant_id, tenant_id, lock=True)
            if clock.mode is ClockMode.WALL:
                _start(house, work, actor, clock, to)
            else:
                _forbid_backwards(clock, to)
                going_on.append(tenant_id)
    if going_on:
        _go_on(house, going_on, to)
    return show_all(house, tenant_ids)


def _start(house: House, work: UnitOfWork, actor: str, clock: BusinessClock, to: datetime) -> None:
    if work.jobs.list(clock.tenant_id, limit=1):
        raise conflict(
            "clock.already_running",
            f"{clock.tenant_id} has already worked in wall time; its history cannot be replayed over",
            hint="replay into a fresh home: tenure --home .replay replay …",
        )
    work.clocks.save(clock.tenant_id, replace(clock, mode=ClockMode.REPLAY, now=to, collected=to))
    event = Event("clock.set", clock.tenant_id, "", clock.tenant_id, to, {"mode": "replay"})
    record(house, work, event, actor=actor)


def _go_on(house: House, tenant_ids: Sequence[str], to: datetime) -> None:
    """Raise the barrier before the new time is announced, so that no half of it is collected."""
    barrier = raise_barrier(house)
    failpoint("advance.after_barrier")
    with house.store.work() as work:
        for tenant_id in tenant_ids:
            clock = work.clocks.get(tenant_id, tenant_id, lock=True)
            _forbid_backwards(clock, to)
            work.clocks.save(tenant_id, replace(clock, now=to, barrier=barrier))
        failpoint("advance.before_commit")
    failpoint("advance.after_commit")


def _forbid_backwards(clock: BusinessClock, to: datetime) -> None:
    if to < clock.now:
        raise conflict(
            "clock.backwards",
            f"business time stands at {clock.now:%Y-%m-%d %H:%M} and cannot go back to {to:%Y-%m-%d %H:%M}",
            hint="replay goes on from where it stopped, or begin again in a fresh home",
        )


def wall(house: House, actor: str, tenant_id: str) -> ClockView:
    """Give the tenant's business time back to the wall."""
    now = house.clock.now()
    with house.store.work() as work:
        clock = work.clocks.get(tenant_id, tenant_id, lock=True)
        if clock.mode is ClockMode.REPLAY:
            work.clocks.save(tenant_id, BusinessClock(tenant_id, ClockMode.WALL, now, clock.now))
            event = Event("clock.set", tenant_id, "", tenant_id, now, {"mode": "wall"})
            record(house, work, event, actor=actor)
    return show(house, tenant_id)


def found(house: House) -> None:
    """Make the house's own clock row, which also serialises publishing. Harmless when there."""
    with house.store.work() as work:
        if work.clocks.find(SYSTEM, SYSTEM) is None:
            now = house.clock.now()
            work.clocks.add(SYSTEM, BusinessClock(SYSTEM, ClockMode.WALL, now, now))
