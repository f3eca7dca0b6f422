"""Trials are given up by rule, and the best is the best finished one."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tenure.core.tuning import (
    Dimension,
    StudyTrial,
    TrialState,
    Tune,
    is_given_up,
    is_over,
    progress,
)

AT = datetime(2024, 1, 1, tzinfo=UTC)


def trial(number: int, *losses: float, state: TrialState = TrialState.COMPLETE) -> StudyTrial:
    done = state is TrialState.COMPLETE
    loss = float(np.mean(losses)) if done else None
    return StudyTrial(f"tr_{number}", "t", "m", "s", number, {}, state, AT, losses, loss, 60.0)


@pytest.mark.parametrize(
    ("pruner", "losses", "given_up"),
    [
        ("median", [0.9], True),
        ("median", [0.3], False),
        ("median", [0.3, 0.99], True),
        ("halving", [0.31], False),
        ("halving", [0.9], True),
        ("none", [9.0], False),
        ("median", [], False),
    ],
)
def test_a_trial_that_does_worse_than_others_is_given_up(
    pruner: str,
    losses: list[float],
    given_up: bool,  # noqa: FBT001  # a case
) -> None:
    others = [trial(n, 0.4 + n / 100, 0.4) for n in range(5)]
    assert is_given_up(pruner, losses, others) is given_up


def test_the_median_waits_for_enough_trials() -> None:
    assert not is_given_up("median", [9.0], [trial(1, 0.1, 0.1), trial(2, 0.1, 0.1)])


def test_a_search_ends_when_too_many_trials_in_a_row_were_no_better() -> None:
    pruned = trial(3, 0.01, state=TrialState.PRUNED)
    found = [trial(1, 0.5), trial(2, 0.4), pruned, trial(4, 0.4)]
    assert is_over(Tune(patience=2), found)
    assert not is_over(Tune(patience=3), found)
    assert not is_over(Tune(patience=2), [*found, trial(5, 0.3)]), "better again"
    assert not is_over(Tune(), found)
    failed = [trial(number, state=TrialState.FAILED) for number in (1, 2, 3)]
    assert not is_over(Tune(patience=1), failed), "nothing is there to be no better than"


def test_progress_is_the_best_finished_trial_after_each() -> None:
    pruned = trial(2, 0.01, state=TrialState.PRUNED)
    failed = trial(4, state=TrialState.FAILED)
    found = progress([trial(1, 0.5), pruned, trial(3, 0.4), failed, trial(5, 0.4)])
    assert found.course == (0.5, 0.5, 0.4, 0.4, 0.4)
    assert (found.complete, found.pruned, found.failed) == (3, 1, 1)
    assert found.best is not None
    assert found.best.number == 3


def test_a_budget_is_trials_or_minutes() -> None:
    two = [trial(1, 0.5), trial(2, 0.5)]
    assert is_over(Tune(trials=2), two)
    assert is_over(Tune(trials=9, minutes=2.0), two)
    assert not is_over(Tune(trials=9, minutes=2.1), two)


def test_a_condition_asks_for_a_value_of_another() -> None:
    one = Dimension("rate", 0.1, 1.0, when=(("kind", ("a", "b")),))
    assert one.is_asked({"kind": "a"})
    assert not one.is_asked({"kind": "c"})
    assert not one.is_asked({})
