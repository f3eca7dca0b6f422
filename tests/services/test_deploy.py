"""A version comes into its lane in three steps that may be cut; going back is a deployment too."""

from dataclasses import replace

import pytest

from tenure.core.deployments import CHAMPION, DeploymentState
from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind
from tenure.core.versions import Assurance
from tenure.ports.releases import Acknowledgement
from tenure.services import deploy
from tests.small.life import Life
from tests.small.trial import add_version, deployments, live, promote, released


def champions(life: Life) -> dict[int, DeploymentState]:
    return {one.version: one.state for one in deployments(life) if one.lane == CHAMPION}


def test_a_promoted_version_takes_over(life: Life) -> None:
    second = add_version(life)
    promote(life, second)
    life.work()
    assert champions(life) == {1: DeploymentState.STOPPED, second: DeploymentState.LIVE}
    assert {arm.lane: arm.version for arm in released(life).arms}[CHAMPION] == second
    assert live(life).cause == "st_new"


def test_a_job_that_is_done_twice_deploys_once(life: Life) -> None:
    promote(life, add_version(life))
    job = life.do_until(JobKind.DEPLOY)
    deploy.put(life.house, job)
    before = (deployments(life), len(life.told("deployment.planned")))
    with pytest.raises(TenureError, match=r"job\."):  # the lease is over, and nothing has changed
        deploy.put(life.house, job)
    assert (deployments(life), len(life.told("deployment.planned"))) == before


def test_a_version_that_was_not_approved_serves_nowhere(life: Life) -> None:
    promote(life, add_version(life, state=Assurance.REJECTED))
    job = life.do_until(JobKind.DEPLOY)
    with pytest.raises(TenureError, match=r"deployment\.version_not_approved"):
        deploy.put(life.house, job)
    assert champions(life) == {1: DeploymentState.LIVE}


def test_a_version_that_serving_cannot_apply_is_rolled_back_with_the_reason(life: Life) -> None:
    now = life.house.clock.now()
    failed = {"acme/churn": "it does not answer its own rows"}
    life.house.releases.acknowledge(Acknowledgement("p-1", 7, 99, 0, now, failed))
    second = add_version(life)
    promote(life, second)
    deploy.put(life.house, life.do_until(JobKind.DEPLOY))
    assert champions(life) == {1: DeploymentState.LIVE, second: DeploymentState.ROLLED_BACK}
    (gone,) = [one for one in deployments(life) if one.version == second]
    assert gone.reason == "it does not answer its own rows"
    assert {arm.lane: arm.version for arm in released(life).arms}[CHAMPION] == 1


def test_going_back_is_asked_for_once_and_done_before_other_work(life: Life) -> None:
    second = add_version(life)
    promote(life, second)
    life.work()
    job = deploy.rollback(life.house, "anna", life.tenant, life.model, CHAMPION, "too slow")
    again = deploy.rollback(life.house, "anna", life.tenant, life.model, CHAMPION, "too slow")
    assert (job, job.priority) == (again, 100)
    told = [entry for entry in life.told("deployment.planned") if entry.actor == "anna"]
    assert [entry.facts["reason"] for entry in told] == ["too slow"]
    life.work()
    assert live(life).version == 1
    assert champions(life)[second] is DeploymentState.ROLLED_BACK


def test_with_nothing_before_there_is_no_way_back(life: Life) -> None:
    with pytest.raises(TenureError, match=r"deployment\.nothing_before"):
        deploy.rollback(life.house, "anna", life.tenant, life.model, CHAMPION, "too slow")


def test_a_lane_that_left_the_spec_gets_nothing(life: Life) -> None:
    promote(life, add_version(life))
    job = life.do_until(JobKind.DEPLOY)
    before = deployments(life)
    deploy.put(life.house, replace(job, payload={**job.payload, "lane": "gone"}))
    assert deployments(life) == before


def test_one_cause_names_one_deployment() -> None:
    first = deploy.deployment_id("churn", CHAMPION, 2, "study:st_1")
    assert first == deploy.deployment_id("churn", CHAMPION, 2, "study:st_1")
    assert first != deploy.deployment_id("churn", CHAMPION, 2, "study:st_2")
