"""Who serves, and who is tried beside the live one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tenure.core.deployments import (
    CANDIDATE,
    CHAMPION,
    Deployment,
    DeploymentState,
    Rollout,
    candidate,
    in_force,
    serving,
    to_go_back_to,
)

AT = datetime(2024, 1, 1, tzinfo=UTC)
PLAN = Rollout(shares=(0.0, 0.1))
PLANNED, SHADOW, CANARY = DeploymentState.PLANNED, DeploymentState.SHADOW, DeploymentState.CANARY
LIVE, STOPPED = DeploymentState.LIVE, DeploymentState.STOPPED


def deployment(
    version: int, state: DeploymentState, *, lane: str = CHAMPION, plan: Rollout | None = None
) -> Deployment:
    planned_at = AT + timedelta(hours=version)
    return Deployment(
        f"dp_{version}",
        "DL",
        "late",
        "test",
        lane,
        version,
        state,
        "st_1",
        planned_at,
        rollout=plan,
    )


def versions(*deployments: Deployment) -> dict[str, int]:
    return {lane: one.version for lane, one in serving(deployments).items()}


def test_what_is_planned_takes_over_from_what_is_in_force() -> None:
    assert versions(deployment(1, LIVE), deployment(2, PLANNED)) == {CHAMPION: 2}
    assert versions(deployment(2, PLANNED), deployment(3, PLANNED)) == {CHAMPION: 3}
    assert versions(deployment(1, STOPPED)) == {}


def test_a_candidate_serves_beside_the_live_one_from_the_moment_it_is_planned() -> None:
    for state in (PLANNED, SHADOW, CANARY):
        both = deployment(1, LIVE), deployment(2, state, plan=PLAN)
        assert versions(*both) == {CHAMPION: 1, CANDIDATE: 2}
        assert candidate(both) == both[1]
        assert in_force(both, CHAMPION) == both[0]


def test_a_candidate_that_is_live_is_no_candidate_any_more() -> None:
    one = deployment(2, LIVE, plan=PLAN)
    assert (one.is_candidate, one.is_in_force) == (False, True)
    assert candidate([one]) is None


def test_the_newest_candidate_is_the_candidate() -> None:
    known = [deployment(v, SHADOW, plan=PLAN) for v in (3, 2)]
    assert versions(deployment(1, LIVE), *known) == {CHAMPION: 1, CANDIDATE: 3}


def test_a_candidate_without_a_live_version_does_not_serve() -> None:
    assert versions(deployment(2, SHADOW, plan=PLAN)) == {}


def test_a_challengers_shadow_is_in_force_in_its_own_lane() -> None:
    shadow = deployment(4, SHADOW, lane="static")
    assert in_force([deployment(1, LIVE), shadow], "static") == shadow
    assert in_force([shadow], CHAMPION) is None
    assert versions(deployment(1, LIVE), shadow) == {CHAMPION: 1, "static": 4}


def over(version: int, state: DeploymentState, *, was_live: bool = True) -> Deployment:
    live_at = AT + timedelta(hours=version) if was_live else None
    return replace(deployment(version, state), live_at=live_at)


def test_one_goes_back_to_what_was_live_last_and_that_nobody_went_back_from() -> None:
    gone = DeploymentState.ROLLED_BACK
    known = [over(1, STOPPED), over(2, STOPPED), over(3, STOPPED, was_live=False), over(4, LIVE)]
    assert to_go_back_to(known, CHAMPION) == (2, 1)
    assert to_go_back_to([*known, over(5, gone)], CHAMPION) == (2, 1)
    assert to_go_back_to([over(1, STOPPED), over(2, gone), over(3, LIVE)], CHAMPION) == (1,)
    tried_again = replace(over(6, gone, was_live=False), version=2, rollout=PLAN)
    assert to_go_back_to([*known, tried_again], CHAMPION) == (2, 1)
    assert to_go_back_to(known, "static") == ()
