"""A deployment goes from state to state with an entry each; who takes over ends who was there."""

from dataclasses import replace

import pytest

from tenure.core.deployments import CHAMPION, DeploymentState
from tenure.core.errors import TenureError
from tenure.services.moves import move, of_lane, of_model, replace_in_lane, stop, stop_lane
from tests.small.life import LIVE, Life
from tests.small.rows import DAY
from tests.small.trial import deployments, live


def test_deployments_are_listed_by_model_and_by_lane(life: Life) -> None:
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        assert {one.lane for one in of_model(work, model)} == {"champion", "static"}
        assert [one.version for one in of_lane(work, model, CHAMPION)] == [1]
        assert of_lane(work, model, "nobody") == []


def test_a_move_is_told_with_its_facts(life: Life) -> None:
    before = len(life.told("deployment.moved"))
    with life.house.store.work() as work:
        facts = {"by": "anna"}
        moved = move(life.house, work, live(life), DeploymentState.DRAINING, LIVE + DAY, {**facts})
    entry = life.told("deployment.moved")[before]
    assert (entry.subject, entry.business_at) == (moved.id, LIVE + DAY)
    assert entry.facts == {"state": "draining", "by": "anna"}
    assert moved.stopped_at is None


def test_a_move_that_no_deployment_makes_changes_nothing(life: Life) -> None:
    before = (deployments(life), len(life.told("deployment.moved")))
    with (
        pytest.raises(TenureError, match=r"deployment\.bad_transition|transition"),
        life.house.store.work() as work,
    ):
        move(life.house, work, live(life), DeploymentState.PLANNED, LIVE, {})
    assert (deployments(life), len(life.told("deployment.moved"))) == before


def test_what_serves_drains_before_it_stops_and_what_is_over_stays(life: Life) -> None:
    before = len(life.told("deployment.moved"))
    with life.house.store.work() as work:
        stop(life.house, work, live(life), LIVE + DAY, {"reason": "enough"})
    (over,) = [one for one in deployments(life) if one.lane == CHAMPION]
    assert (over.state, over.stopped_at) == (DeploymentState.STOPPED, LIVE + DAY)
    told = life.told("deployment.moved")[before:]
    assert [entry.facts["state"] for entry in told] == ["draining", "stopped"]
    with life.house.store.work() as work:
        stop(life.house, work, over, LIVE + 2 * DAY, {})
    assert len(life.told("deployment.moved")) == before + 2


def test_a_lane_that_was_taken_out_ends_alone(life: Life) -> None:
    with life.house.store.work() as work:
        model = work.models.get(life.tenant, life.model)
        stop_lane(life.house, work, model, "static", LIVE + DAY)
    states = {one.lane: one.state for one in deployments(life)}
    assert states == {"champion": DeploymentState.LIVE, "static": DeploymentState.STOPPED}


@pytest.mark.parametrize(
    ("cause", "ends"),
    [("study:st_2", DeploymentState.STOPPED), ("rollback:dp_1", DeploymentState.ROLLED_BACK)],
)
def test_who_takes_over_ends_who_was_there(life: Life, cause: str, ends: DeploymentState) -> None:
    first = live(life)
    newest = replace(first, id="dp_new", cause=cause)
    with life.house.store.work() as work:
        model = work.models.get(life.tenant, life.model)
        work.deployments.add(life.tenant, newest)
        replace_in_lane(life.house, work, model, newest, LIVE + DAY)
    states = {one.id: one.state for one in deployments(life) if one.lane == CHAMPION}
    assert states == {first.id: ends, "dp_new": DeploymentState.LIVE}
