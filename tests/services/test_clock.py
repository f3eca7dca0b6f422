"""Business time: forward only, together, and given back to the wall."""

from datetime import timedelta

import pytest

from tenure.core.clock import ClockMode
from tenure.core.errors import TenureError
from tenure.core.tenants import SYSTEM
from tenure.services import clock, collect, tenants
from tenure.services.house import House
from tests.small.life import LIVE, Life
from tests.small.rows import DAY


def test_a_new_tenant_lives_by_the_wall(house: House) -> None:
    shown = clock.show(house, "acme")
    assert (shown.mode, shown.now) == (ClockMode.WALL, house.clock.now())
    assert shown.settled
    assert shown.open_jobs == shown.parked == 0


def test_a_replay_goes_forward_only(house: House) -> None:
    clock.advance(house, "anna", "acme", LIVE)
    clock.advance(house, "anna", "acme", LIVE)
    with pytest.raises(TenureError, match=r"clock\.backwards"):
        clock.advance(house, "anna", "acme", LIVE - DAY)
    assert clock.show(house, "acme").now == LIVE
    with house.store.read() as work:
        told = [entry for entry in work.ledger.read("acme") if entry.kind == "clock.set"]
    assert [(entry.actor, entry.facts["mode"]) for entry in told] == [("anna", "replay")]


def test_tenants_go_together_or_not_at_all(house: House) -> None:
    tenants.create(house, "anna", "bolt")
    clock.advance(house, "anna", "bolt", LIVE + DAY)
    clock.advance(house, "anna", "acme", LIVE)
    with pytest.raises(TenureError, match=r"clock\.backwards"):
        clock.advance_all(house, "anna", ["acme", "bolt"], LIVE + timedelta(hours=1))
    assert clock.show(house, "acme").now == LIVE


def test_an_advance_is_settled_once_it_was_collected(life: Life) -> None:
    shown = clock.advance(life.house, "anna", life.tenant, LIVE + timedelta(hours=1))
    assert not shown.settled
    collect.gather(life.house)
    assert clock.show(life.house, life.tenant).collected == LIVE + timedelta(hours=1)


def test_what_has_worked_by_the_wall_cannot_be_replayed(life: Life) -> None:
    clock.wall(life.house, "anna", life.tenant)
    assert clock.show(life.house, life.tenant).mode is ClockMode.WALL
    clock.wall(life.house, "anna", life.tenant)
    with pytest.raises(TenureError, match=r"clock\.already_running"):
        clock.advance(life.house, "anna", life.tenant, LIVE + DAY)


def test_the_house_has_a_clock_of_its_own_once(house: House) -> None:
    clock.found(house)
    with house.store.read() as work:
        assert work.clocks.get(SYSTEM, SYSTEM).mode is ClockMode.WALL
        assert [one.tenant_id for one in work.clocks.all()] == ["acme"]
