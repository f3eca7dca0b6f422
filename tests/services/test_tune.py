"""Trials of a study: each a job and a line of the ledger; the windows race with the best."""

from tenure.core.jobs import JobKind
from tenure.core.studies import StudyState
from tenure.core.tuning import StudyTrial, TrialState
from tenure.services import tune
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import Life

TUNE = {"trials": 5, "folds": 2, "space": {"strength": {"float": [0.01, 100.0], "log": True}}}


def tuned(begin: Begin) -> Life:
    life = begin(spec_of(tune=TUNE))
    life.declare()
    return life


def trials_of(life: Life) -> list[StudyTrial]:
    (study,) = life.studies()
    return life.read(lambda work: work.trials.list("acme", study_id=study.id))


def test_the_windows_race_with_the_best_of_the_trials(fresh_life: Begin) -> None:
    life = tuned(fresh_life)
    life.work()
    (study,) = life.studies()
    trials = trials_of(life)
    assert [one.number for one in trials] == [1, 2, 3, 4, 5]
    assert trials[0].params == {}, "the first is the spec as it stands"
    assert {one.state for one in trials} <= {TrialState.COMPLETE, TrialState.PRUNED}
    _, found = tune.found(life.house, "acme", "churn", study.id)
    best = found.progress.best
    assert best is not None
    for run in life.runs(study):
        assert run.params == best.params
    assert study.state is StudyState.PROMOTED
    assert len(life.told("trial.ended")) == 5
    (over,) = life.told("study.tuned")
    assert over.facts["best"] == best.number


def test_a_trial_that_is_done_again_is_the_same_and_counts_once(fresh_life: Begin) -> None:
    """As after a kill between the work and its commit: the job is leased again."""
    life = tuned(fresh_life)
    for _ in range(2):
        job = life.do_until(JobKind.TUNE)
        tune.run(life.house, job)
    search = life.read(lambda work: tune._read(work, life.do_until(JobKind.TUNE)))
    assert search is not None
    first, second = (tune._try(life.house, search) for _ in range(2))
    assert first.params == second.params
    assert (first.id, first.loss) == (second.id, second.loss)
