"""What is proposed follows from the trials and the seed, stays in the space, and learns."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tenure.adapters.tuning.proposing import OptunaTuner
from tenure.core.tuning import Dimension, StudyTrial, TrialState, Tune, Value

SPACE = (
    Dimension("leaves", 4, 64, whole=True, log=True),
    Dimension("kind", choices=("a", "b")),
    Dimension("rate", 0.01, 1.0, log=True, when=(("kind", ("a",)),)),
)
TUNE = Tune(trials=20, space=SPACE)
TUNER = OptunaTuner()


def trial(number: int, params: dict[str, Value], loss: float) -> StudyTrial:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    return StudyTrial(
        f"tr_{number}", "t", "m", "s", number, params, TrialState.COMPLETE, at, (loss,), loss
    )


def searched(tune: Tune, trials: int) -> list[StudyTrial]:
    """Look for 16 leaves of the kind b."""
    found: list[StudyTrial] = []
    for number in range(1, trials + 1):
        params = TUNER.propose(tune, found, number)
        loss = abs(int(params["leaves"]) - 16) / 16 + (params["kind"] == "a")
        found.append(trial(number, params, loss))
    return found


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_proposals_lie_in_the_space_and_keep_its_conditions(sampler: str) -> None:
    for one in searched(replace(TUNE, sampler=sampler), 12):
        assert 4 <= int(one.params["leaves"]) <= 64
        assert isinstance(one.params["leaves"], int)
        assert ("rate" in one.params) == (one.params["kind"] == "a")


def test_the_same_trials_and_seed_give_the_same_proposal() -> None:
    trials = searched(TUNE, 10)
    assert TUNER.propose(TUNE, trials, 7) == TUNER.propose(TUNE, trials, 7)


def test_what_was_found_is_learnt_from_and_told() -> None:
    trials = searched(TUNE, 20)
    assert min(one.loss or 0.0 for one in trials) < 0.3
    shares = TUNER.importance(TUNE, trials)
    assert set(shares) == {"leaves", "kind"}
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_trial_of_another_space_is_passed_over() -> None:
    foreign = trial(1, {"leaves": 999, "kind": "z"}, 0.1)
    assert TUNER.propose(TUNE, [foreign], 7) == TUNER.propose(TUNE, [], 7)


def test_too_few_trials_have_no_importance() -> None:
    assert TUNER.importance(TUNE, searched(TUNE, 2)) == {}
