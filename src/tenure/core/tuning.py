"""Tuning: what may be tried, how a trial is judged on older rows, when it is given up, who was best.

A trial is a set of parameters. It is trained and judged on a few splits of the rows that the race
may train on; what the race is judged on is never in them. Its loss is the mean over the splits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import fmean, median

Value = float | int | str | bool
_LEAST_BEFORE_MEDIAN = 4  # as Optuna's MedianPruner waits for five trials


class TrialState(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    PRUNED = "pruned"  # given up: it did worse than others on the first splits
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Dimension:
    """One parameter that is tuned: a number from `low` to `high`, or one of `choices`.

    With `when` it is tried only where another parameter has one of the values named.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    log: bool = False
    choices: tuple[Value, ...] = ()
    when: tuple[tuple[str, tuple[Value, ...]], ...] = ()

    def is_asked(self, chosen: Mapping[str, object]) -> bool:
        """Return whether the dimension is tried beside what has been chosen."""
        return all(chosen.get(name) in values for name, values in self.when)


@dataclass(frozen=True, slots=True)
class Tune:
    """`[tune]`: how many trials, what they vary, who proposes them and who gives them up.

    `minutes` bounds the time of all trials together, None does not. `folds` are the splits.
    `patience` is how many trials in a row may be no better before the search ends; None: any number.
    """

    trials: int = 30
    minutes: float | None = None
    folds: int = 3
    patience: int | None = None
    sampler: str = "tpe"  # | "random"
    pruner: str = "median"  # | "halving" | "none"
    space: tuple[Dimension, ...] = ()


@dataclass(frozen=True, slots=True)
class StudyTrial:
    """One set of parameters and what it was worth. `losses` are means by split, in their order."""

    id: str  # derived from study and number
    tenant_id: str
    model_id: str
    study_id: str
    number: int  # from 1
    params: dict[str, Value]
    state: TrialState
    ended_at: datetime  # machine time
    losses: tuple[float, ...] = ()
    loss: float | None = None  # mean of all splits; None when there is none
    seconds: float = 0.0
    error: str = ""
    cpu_seconds: float = 0.0  # of its trainings


@dataclass(frozen=True, slots=True)
class Progress:
    """What a study has found so far. `course` is the best loss after each trial, from the first."""

    trials: int
    complete: int
    pruned: int
    failed: int
    best: StudyTrial | None
    course: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The trials of a study in their order, what they found, and what mattered."""

    trials: tuple[StudyTrial, ...]
    progress: Progress
    importance: dict[str, float]  # shares by parameter; {} for too few trials


def is_given_up(pruner: str, losses: Sequence[float], others: Iterable[StudyTrial]) -> bool:
    """Return whether a trial with these losses so far is not worth its next split.

    `median` (Golovin et al. 2017): its mean so far is worse than the median of finished trials'
    at the same split. `halving` (asynchronous, Li et al. 2020, eta 2): it is not in the better half of all
    that came so far.
    """
    if pruner == "none" or not losses:
        return False
    step, mean = len(losses), fmean(losses)
    if pruner == "median":
        done = [t for t in others if t.state is TrialState.COMPLETE and len(t.losses) >= step]
        seen = [fmean(trial.losses[:step]) for trial in done]
        return len(seen) >= _LEAST_BEFORE_MEDIAN and mean > median(seen)
    seen = [fmean(t.losses[:step]) for t in others if len(t.losses) >= step]
    kept = max(1, (len(seen) + 1) // 2)
    return len(seen) > 1 and mean > sorted([*seen, mean])[kept - 1]


def progress(trials: Sequence[StudyTrial]) -> Progress:
    """Return what the trials found, in the order of their numbers; the first of equals is best."""
    course: list[float | None] = []
    best: StudyTrial | None = None
    for trial in trials:
        better = best is None or (trial.loss or 0.0) < (best.loss or 0.0)
        if trial.state is TrialState.COMPLETE and better:
            best = trial
        course.append(best.loss if best else None)
    states = [trial.state for trial in trials]
    return Progress(
        trials=len(trials),
        complete=states.count(TrialState.COMPLETE),
        pruned=states.count(TrialState.PRUNED),
        failed=states.count(TrialState.FAILED),
        best=best,
        course=tuple(course),
    )


def is_over(tune: Tune, trials: Sequence[StudyTrial]) -> bool:
    """Return whether the budget is used up, or too many trials in a row were no better."""
    spent = sum(trial.seconds for trial in trials)
    used_up = tune.minutes is not None and spent >= tune.minutes * 60
    return len(trials) >= tune.trials or used_up or _is_stuck(tune.patience, trials)


def _is_stuck(patience: int | None, trials: Sequence[StudyTrial]) -> bool:
    best = progress(trials).best
    if patience is None or best is None:
        return False
    return sum(trial.number > best.number for trial in trials) >= patience
