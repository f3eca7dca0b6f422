"""Implements `ports.tuning.Tuner` with Optuna, in memory: our catalog is the record.

A study of Optuna's is built from the trials for every proposal, so nothing is lost with a process
and nothing has to be kept in step.
"""

import warnings
from collections.abc import Sequence
from typing import Any

from tenure.core.tuning import Dimension, StudyTrial, TrialState, Tune, Value

_FIRST = 8  # proposals before a model of the losses is made
_LEAST = 4  # finished trials that an importance is made of


class OptunaTuner:
    """Tree-structured Parzen estimators, or chance."""

    def propose(self, tune: Tune, trials: Sequence[StudyTrial], seed: int) -> dict[str, Value]:
        asked = _study(tune, trials, seed).ask()
        chosen: dict[str, Value] = {}
        for one in _in_order(tune.space):
            if one.is_asked(chosen):
                chosen[one.name] = _asked(asked, one)
        return chosen

    def importance(self, tune: Tune, trials: Sequence[StudyTrial]) -> dict[str, float]:
        done = [t for t in trials if t.state is TrialState.COMPLETE and t.params]
        common = [one.name for one in tune.space if all(one.name in t.params for t in done)]
        if len(done) < _LEAST or len({t.loss for t in done}) == 1 or not common:
            return {}
        from optuna.importance import get_param_importances

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = get_param_importances(_study(tune, done, 0), params=common)
        return {name: float(share) for name, share in found.items()}


def _study(tune: Tune, trials: Sequence[StudyTrial], seed: int) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # groups are said to be experimental
        sampler = (
            optuna.samplers.RandomSampler(seed=seed)
            if tune.sampler == "random"
            else optuna.samplers.TPESampler(
                seed=seed, n_startup_trials=_FIRST, multivariate=True, group=True
            )
        )
        study = optuna.create_study(sampler=sampler)
        for trial in trials:
            if (made := _made(tune, trial)) is not None:
                study.add_trial(made)
    return study


def _made(tune: Tune, trial: StudyTrial) -> Any:
    """Return a trial as Optuna knows it; None for one whose parameters the space does not have."""
    from optuna.trial import TrialState as State
    from optuna.trial import create_trial

    spans = {one.name: one for one in tune.space}
    params = {name: value for name, value in trial.params.items() if name in spans}
    distributions = {name: _span(spans[name]) for name in params}
    states = {
        TrialState.COMPLETE: State.COMPLETE,
        TrialState.PRUNED: State.PRUNED,
        TrialState.FAILED: State.FAIL,
    }
    try:
        return create_trial(
            state=states[trial.state],
            value=trial.loss if trial.state is TrialState.COMPLETE else None,
            params=params,
            distributions=distributions,
            intermediate_values=dict(enumerate(trial.losses)),
        )
    except ValueError:  # the space has changed since
        return None


def _span(one: Dimension) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if one.choices:
        return CategoricalDistribution(one.choices)
    if one.whole:
        return IntDistribution(int(one.low), int(one.high), log=one.log)
    return FloatDistribution(one.low, one.high, log=one.log)


def _asked(trial: Any, one: Dimension) -> Value:
    if one.choices:
        chosen: Value = trial.suggest_categorical(one.name, one.choices)
        return chosen
    if one.whole:
        return int(trial.suggest_int(one.name, int(one.low), int(one.high), log=one.log))
    return float(trial.suggest_float(one.name, one.low, one.high, log=one.log))


def _in_order(space: Sequence[Dimension]) -> list[Dimension]:
    """Return the dimensions with every condition after what it asks about."""
    left, ordered = list(space), list[Dimension]()
    while left:
        names = {one.name for one in left}
        free = [one for one in left if not names & {name for name, _ in one.when}] or left
        ordered += free
        left = [one for one in left if one not in free]
    return ordered
