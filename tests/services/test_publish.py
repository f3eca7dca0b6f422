"""Serving is told what the database says: who answers, what may be asked for, which keys work."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tenure.core.deployments import CHAMPION, PINNED, DeploymentState
from tenure.core.errors import TenureError
from tenure.core.keys import Role
from tenure.ports.releases import Acknowledgement
from tenure.services import keys, publish
from tenure.services.house import House
from tenure.services.moves import move
from tests.small.clock import HandClock
from tests.small.life import LIVE, Life
from tests.small.rows import DAY
from tests.small.trial import add_version, live, released

PATH = "acme/churn"


def acknowledge(life: Life, generation: int, failed: dict[str, str] | None = None) -> None:
    now = life.house.clock.now()
    life.house.releases.acknowledge(Acknowledgement("p-1", 7, generation, 0, now, failed))


def test_a_release_holds_every_lane_the_champion_first(life: Life) -> None:
    release = released(life)
    assert [arm.lane for arm in release.arms] == [CHAMPION, "static"]
    assert (release.key_columns, release.time_column) == (("id",), "at")
    assert [(arm.lane, arm.version) for arm in release.pinned] == [(PINNED, 1)]


def test_publishing_what_is_published_changes_no_generation(life: Life) -> None:
    first = publish.publish_model(life.house, life.tenant, life.model)
    assert publish.publish_model(life.house, life.tenant, life.model) == first
    assert publish.publish_all(life.house) == first
    add_version(life)
    assert publish.publish_model(life.house, life.tenant, life.model) == first + 1


def test_the_newest_approved_versions_may_be_asked_for(life: Life) -> None:
    for _ in range(publish.NEWEST + 1):
        add_version(life)
    publish.publish_model(life.house, life.tenant, life.model)
    numbers = [arm.version for arm in released(life).pinned]
    assert numbers == list(range(3, publish.NEWEST + 3))  # the live one is an arm of its own


def test_a_model_that_nobody_serves_is_in_no_index(life: Life) -> None:
    with life.house.store.work() as work:
        move(life.house, work, live(life), DeploymentState.DRAINING, LIVE + DAY, {})
        drained = next(d for d in work.deployments.list(life.tenant) if d.lane == CHAMPION)
        move(life.house, work, drained, DeploymentState.STOPPED, LIVE + DAY, {})
    publish.publish_model(life.house, life.tenant, life.model)
    assert PATH not in life.house.releases.index().releases


def test_a_model_that_is_no_more_is_told_apart_from_one_that_never_was(life: Life) -> None:
    life.decommission()
    publish.publish_model(life.house, life.tenant, life.model)
    index = life.house.releases.index()
    assert PATH not in index.releases
    assert index.gone == {PATH: "acme/churn was decommissioned"}
    with life.house.store.work() as work:
        model = work.models.get(life.tenant, life.model)
        work.models.save(life.tenant, replace(model, successor="churn-2"))
    publish.publish_model(life.house, life.tenant, life.model)
    gone = life.house.releases.index().gone or {}
    assert gone[PATH].endswith("ask 'churn-2' instead")


def test_only_keys_that_may_predict_and_still_hold_are_published(
    house: House, clock: HandClock
) -> None:
    soon = clock.now() + timedelta(hours=1)
    keys.mint(house, "test", "acme", Role.SERVICE, "application")
    keys.mint(house, "test", "acme", Role.AUDITOR, "reader")
    keys.mint(house, "test", "acme", Role.SERVICE, "for an hour", expires_at=soon)
    publish.publish_keys(house)
    assert {grant.expires_at for grant in house.releases.index().keys} == {None, soon}
    clock.move(timedelta(hours=2))
    publish.publish_keys(house)
    assert [grant.expires_at for grant in house.releases.index().keys] == [None]


def test_a_barrier_is_a_number_of_its_own_each_time(house: House) -> None:
    first = publish.raise_barrier(house)
    assert publish.raise_barrier(house) == first + 1
    assert house.releases.index().barrier == first + 1


def test_nobody_is_waited_for_when_nothing_serves(life: Life, clock: HandClock) -> None:
    assert publish.wait_until_applied(life.house, life.tenant, life.model, 99) == ""
    acknowledge(life, 1)
    clock.move(timedelta(minutes=1))  # that process is dead
    assert publish.wait_until_applied(life.house, life.tenant, life.model, 99) == ""


def test_who_could_not_apply_says_why(life: Life) -> None:
    acknowledge(life, 5, {PATH: "no memory"})
    assert publish.wait_until_applied(life.house, life.tenant, life.model, 5) == "no memory"


def test_a_process_that_lives_and_does_not_apply_is_told(life: Life) -> None:
    ahead = life.house.clock.now() + timedelta(hours=1)  # its heartbeat goes on
    life.house.releases.acknowledge(Acknowledgement("p-1", 7, 1, 0, ahead))
    with pytest.raises(TenureError, match=r"deployment\.not_acknowledged.*generation 99"):
        publish.wait_until_applied(life.house, life.tenant, life.model, 99)
