"""A rollout on a real house: shadow, shares, live; or back, by evidence, time or a person's word."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tenure.core.deployments import Deployment, DeploymentState
from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind, JobState, NewJob
from tenure.core.spec.values import Spec
from tenure.core.versions import Assurance
from tenure.services import deploy
from tests.small import server
from tests.small.house import spec_of
from tests.small.life import Life
from tests.small.rows import BEGIN, DAY, between
from tests.small.trial import add_version, deployments, live, promote, released, respecified, tried

FIRST = 20
"""The day of the stream on which the small models go live."""


def rollout_spec(*, shadow: int | None = 24, **canary: Any) -> Spec:
    """Return a spec whose versions are tried; with 24 rows a day a share takes about a day."""
    parts = {"shares": [0.25, 0.5], "at_most": "6d", "margin": 1.0, **canary}
    tables = {"shadow": {"rows": shadow}} if shadow else {}
    return spec_of(
        challengers={"static": {}},
        rollout={**tables, "canary": parts},
    )


@pytest.fixture
def trying(life: Life) -> Life:
    """The life of a model whose versions are tried before they are live."""
    life = respecified(life, rollout_spec())
    life.days(FIRST, FIRST + 1)
    return life


def moves(life: Life, version: int) -> list[tuple[Any, Any]]:
    """Return states and shares of a version's deployments, as the ledger has them."""
    mine = {one.id for one in deployments(life) if one.version == version}
    told = [entry for entry in life.told("deployment.moved") if entry.subject in mine]
    return [(entry.facts["state"], entry.facts.get("share")) for entry in told]


def states(life: Life) -> dict[int, DeploymentState]:
    return {one.version: one.state for one in deployments(life) if one.lane == "champion"}


def arms(life: Life) -> dict[str, int]:
    return {arm.lane: arm.version for arm in released(life).arms}


def share(life: Life) -> float | None:
    split = released(life).split
    return split.share if split else None


def current(life: Life) -> Deployment:
    found = tried(life)
    assert found is not None
    return found


def test_a_promoted_version_goes_through_shadow_and_shares_to_live(trying: Life) -> None:
    promote(trying, add_version(trying))
    trying.work()
    assert (current(trying).state, share(trying)) == (DeploymentState.SHADOW, None)
    assert arms(trying) == {"champion": 1, "candidate": 2, "static": 1}
    trying.days(FIRST + 1, FIRST + 2)
    assert (current(trying).state, share(trying)) == (DeploymentState.CANARY, 0.25)
    trying.days(FIRST + 2, FIRST + 5)
    assert moves(trying, 2) == [
        ("shadow", 0.0),
        ("canary", 0.25),
        ("canary", 0.5),
        ("live", None),
    ]
    assert states(trying) == {1: DeploymentState.STOPPED, 2: DeploymentState.LIVE}
    assert arms(trying) == {"champion": 2, "static": 1}
    (judged,) = trying.told("deployment.judged")
    assert "safe: loss" in str(judged.facts["reason"])
    assert trying.jobs(JobState.PARKED) == []


def test_what_the_canary_answered_is_joined_and_learnt_as_any_answer(trying: Life) -> None:
    promote(trying, add_version(trying))
    trying.work()
    trying.days(FIRST + 1, FIRST + 3)
    counts = trying.read(lambda work: work.outcomes.counts(trying.tenant, trying.model))
    assert counts["predictions"] == 3 * 24
    assert counts["labelled"] == 3 * 24 - 6  # those of the last six hours are not known
    assert current(trying).state is DeploymentState.CANARY


def test_a_version_that_harms_is_taken_back_before_anybody_gets_it(trying: Life) -> None:
    trying = respecified(trying, rollout_spec(shadow=100, margin=0.3))
    promote(trying, add_version(trying, turned=True))
    trying.work()
    trying.days(FIRST + 1, FIRST + 4)
    assert [state for state, _ in moves(trying, 2)] == ["shadow", "rolled_back"]
    assert states(trying) == {1: DeploymentState.LIVE, 2: DeploymentState.ROLLED_BACK}
    assert arms(trying) == {"champion": 1, "static": 1}
    (judged,) = trying.told("deployment.judged")
    assert judged.facts["bound_for"] == "rolled_back"
    assert "worse" in str(judged.facts["reason"])


def test_harm_that_shows_in_the_canary_takes_it_back(life: Life) -> None:
    life = respecified(life, rollout_spec(shadow=None, margin=0.3))
    promote(life, add_version(life, turned=True))
    life.work()
    assert share(life) == 0.25
    life.days(FIRST, FIRST + 4)
    assert [state for state, _ in moves(life, 2)] == ["canary", "rolled_back"]
    assert share(life) is None


@pytest.mark.parametrize(("otherwise", "ends"), [("abort", "rolled_back"), ("promote", "live")])
def test_a_canary_that_nothing_can_be_proven_of_ends_with_its_time(
    life: Life, otherwise: str, ends: str
) -> None:
    """No labels come: what is written under `otherwise` happens, in business time."""
    life = respecified(life, rollout_spec(shadow=None, at_most="36h", otherwise=otherwise))
    promote(life, add_version(life))
    for day in range(2):
        life.answer(*_day(day))
        life.advance(_day(day)[1])
        if day == 0:
            assert current(life).state is DeploymentState.CANARY
    assert [state for state, _ in moves(life, 2)] == ["canary", ends]
    (judged,) = life.told("deployment.judged")
    assert "36 hours" in str(judged.facts["reason"])
    assert "no labelled rows" in str(judged.facts["reason"])


def _day(day: int) -> tuple[datetime, datetime]:
    return BEGIN + (FIRST + day) * DAY, BEGIN + (FIRST + day + 1) * DAY


def test_answers_that_fail_take_it_back_without_any_label(life: Life) -> None:
    life = respecified(life, rollout_spec(shadow=None, guard={"errors": 0.01}))
    promote(life, add_version(life))
    life.work()
    since, until = _day(0)
    rows = between(life.rows, "at", since, until)
    server.answer(life.house, life.tenant, life.model, rows, status="model.failed")
    life.advance(until)
    assert [state for state, _ in moves(life, 2)] == ["canary", "rolled_back"]
    (judged,) = life.told("deployment.judged")
    assert "failed; the guard is 1.00%" in str(judged.facts["reason"])


def test_the_first_version_and_a_rollback_are_live_at_once(trying: Life) -> None:
    promote(trying, add_version(trying))
    trying.work()
    trying.days(FIRST + 1, FIRST + 5)
    assert live(trying).version == 2
    deploy.rollback(trying.house, "anna", trying.tenant, trying.model, "champion", "it is odd")
    trying.work()
    assert live(trying).version == 1
    assert tried(trying) is None
    assert share(trying) is None


def test_rolling_back_while_a_version_is_tried_takes_that_one_back(trying: Life) -> None:
    promote(trying, add_version(trying))
    trying.work()
    deploy.rollback(trying.house, "anna", trying.tenant, trying.model, "champion", "too early")
    trying.work()
    assert states(trying) == {1: DeploymentState.LIVE, 2: DeploymentState.ROLLED_BACK}
    assert arms(trying) == {"champion": 1, "static": 1}
    with pytest.raises(TenureError) as refused:
        deploy.rollback(trying.house, "anna", trying.tenant, trying.model, "champion", "again")
    assert refused.value.code == "deployment.nothing_before"


def test_a_newer_promotion_takes_the_place_of_the_one_that_is_tried(trying: Life) -> None:
    promote(trying, add_version(trying))
    trying.work()
    promote(trying, add_version(trying), "st_newer")
    trying.work()
    assert states(trying) == {
        1: DeploymentState.LIVE,
        2: DeploymentState.STOPPED,
        3: DeploymentState.SHADOW,
    }
    assert arms(trying)["candidate"] == 3


def test_a_version_that_is_suspended_is_tried_no_longer(trying: Life) -> None:
    number = add_version(trying)
    promote(trying, number)
    trying.work()
    with trying.house.store.work() as work:
        version = work.versions.get(trying.tenant, f"{trying.model}/{number}")
        work.versions.save(trying.tenant, replace(version, state=Assurance.SUSPENDED))
    trying.days(FIRST + 1, FIRST + 2)
    assert states(trying)[2] is DeploymentState.ROLLED_BACK
    (judged,) = trying.told("deployment.judged")
    assert judged.facts["reason"] == "version 2 is suspended"


def test_without_a_rollout_a_promoted_version_is_live_at_once(life: Life) -> None:
    promote(life, add_version(life))
    life.work()
    assert states(life) == {1: DeploymentState.STOPPED, 2: DeploymentState.LIVE}
    assert [job.kind for job in life.jobs() if job.kind is JobKind.ROLLOUT] == []


def test_a_look_that_comes_too_late_has_no_say(trying: Life) -> None:
    """A look at a stage that is over changes nothing, and asks for nothing."""
    promote(trying, add_version(trying))
    trying.work()
    trying.days(FIRST + 1, FIRST + 2)
    assert current(trying).stage == 1
    before, jobs = deployments(trying), len(trying.jobs())
    (first, *_) = [job for job in trying.jobs(JobState.DONE) if job.kind is JobKind.ROLLOUT]
    assert first.payload["stage"] == 0
    with trying.house.store.work() as work:
        again = NewJob(trying.tenant, JobKind.ROLLOUT, "a look from before", first.payload)
        work.jobs.add([again])
    trying.work()
    assert deployments(trying) == before
    assert len(trying.jobs()) == jobs + 1
