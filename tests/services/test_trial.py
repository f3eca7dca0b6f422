"""A person's word: a version is tried at a fixed share, compared, promoted or stopped."""

import pytest

from tenure.core.deployments import DeploymentState
from tenure.core.errors import TenureError
from tenure.core.jobs import JobState
from tenure.services import arms, trial
from tenure.services.trial import Word
from tests.small.life import Life
from tests.small.rows import DAY
from tests.small.trial import add_version, deployments, live, released, tried

FIRST = 20


def word(life: Life, version: int) -> Word:
    return Word("anna", life.tenant, life.model, version, "to see")


def test_an_experiment_keeps_its_share_and_says_how_the_two_compare(life: Life) -> None:
    trial.start(life.house, word(life, add_version(life, turned=True)), 0.5, None)
    life.work()
    release = released(life)
    assert release.split is not None
    assert release.split.share == 0.5
    life.days(FIRST, FIRST + 3)
    found = tried(life)
    assert found is not None
    assert (found.state, found.share) == (DeploymentState.CANARY, 0.5)  # harm or not: no verdict
    shown = arms.compare(life.house, life.tenant, life.model, found.id)
    assert (shown.version, shown.live, shown.margin > 0) == (2, 1, True)
    assert shown.paired.candidate_rows == 3 * 24 - 6
    assert shown.unpaired.candidate_rows + shown.unpaired.live_rows == 3 * 24 - 6
    assert shown.paired.mean is not None
    assert shown.unpaired.mean is not None
    assert 0 < shown.paired.low < shown.paired.mean < shown.paired.high
    assert shown.unpaired.low < shown.unpaired.mean < shown.unpaired.high
    paired, unpaired = (one.high - one.low for one in (shown.paired, shown.unpaired))
    assert paired < unpaired
    trial.stop(life.house, "anna", life.tenant, life.model, "seen enough")
    life.work()
    assert released(life).split is None
    ended = next(one for one in deployments(life) if one.id == found.id)
    assert (ended.state, ended.reason) == (DeploymentState.STOPPED, "seen enough")
    over = arms.compare(life.house, life.tenant, life.model, found.id)
    assert (over.paired, over.state) == (shown.paired, "stopped")


def test_an_experiment_ends_by_itself_when_its_time_is_over(life: Life) -> None:
    trial.start(life.house, word(life, add_version(life)), 0.2, DAY)
    life.work()
    life.days(FIRST, FIRST + 2)
    assert tried(life) is None
    assert live(life).version == 1
    (judged,) = life.told("deployment.judged")
    assert (judged.facts["bound_for"], judged.facts["reason"]) == ("stopped", "its 1 day are over")


def test_what_is_promoted_by_word_is_live_and_what_was_live_stays_warm(life: Life) -> None:
    number = add_version(life)
    trial.start(life.house, word(life, number), 0.0, None)
    life.work()
    first, second = (trial.promote(life.house, word(life, number)) for _ in range(2))
    assert first.key == second.key  # asked twice is asked once
    life.work()
    assert live(life).version == number
    assert 1 in {arm.version for arm in released(life).pinned}
    asked = [e.actor for e in life.told("deployment.planned") if e.facts.get("reason") == "to see"]
    assert asked == ["anna", "anna"]
    assert life.jobs(JobState.PARKED) == []


def test_a_version_that_was_not_tried_is_promoted_at_once(life: Life) -> None:
    tried_first, other = add_version(life), add_version(life)
    trial.start(life.house, word(life, tried_first), 0.5, None)
    life.work()
    trial.promote(life.house, word(life, other))
    life.work()
    assert live(life).version == other
    assert tried(life) is None
    assert released(life).split is None


def test_the_version_to_go_back_to_stays_warm_however_many_are_newer(life: Life) -> None:
    newest = [add_version(life) for _ in range(7)][-1]
    trial.promote(life.house, word(life, newest))
    life.work()
    pinned = [arm.version for arm in released(life).pinned]
    assert pinned == [1, newest - 4, newest - 3, newest - 2, newest - 1, newest]


def test_nothing_is_tried_that_is_live_or_not_approved(life: Life) -> None:
    with pytest.raises(TenureError) as refused:
        trial.start(life.house, word(life, 1), 0.5, None)
    assert refused.value.code == "deployment.already_live"
    with pytest.raises(TenureError) as refused:
        trial.start(life.house, word(life, add_version(life)), 1.0, None)
    assert refused.value.code == "deployment.bad_share"
    with pytest.raises(TenureError) as refused:
        trial.stop(life.house, "anna", life.tenant, life.model, "nothing")
    assert refused.value.code == "deployment.nothing_tried"
