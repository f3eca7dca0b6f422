"""One trial of a study: propose, train and judge on the older rows, record.

The last one is followed by the race of windows, with the best parameters.
A trial is a job of its own. What it proposes follows from the trials before it and its number, so a
trial that was killed is done again with the same parameters, and none is lost or counted twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from tenure.core import digests
from tenure.core.deployments import CHAMPION
from tenure.core.errors import TenureError, not_found
from tenure.core.events import Event, Facts
from tenure.core.jobs import Job
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.splits import JUDGES, TRAINS, folds
from tenure.core.stats import losses
from tenure.core.studies import Run, RunState, Study, StudyState
from tenure.core.tuning import (
    Found,
    StudyTrial,
    TrialState,
    Tune,
    Value,
    is_given_up,
    is_over,
    progress,
)
from tenure.core.usage import Used
from tenure.ports.work import UnitOfWork
from tenure.services import usage
from tenure.services.dataset_rows import rows_of, untimed, with_roles
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.race import lane_of
from tenure.services.record import business_now, record
from tenure.services.train import Bounds, answers

_ROLE = {TRAINS: "train", JUDGES: "holdout"}


@dataclass(frozen=True, slots=True)
class _Search:
    """A study that tunes, as it was read. `widest` is the run with the most rows."""

    spec: Spec
    study: Study
    tune: Tune
    trials: list[StudyTrial]
    widest: Run


def run(house: House, job: Job) -> None:
    """Do the next trial of the job's study, or end the tuning when nothing is left to try."""
    with house.store.read() as work:
        search = _read(work, job)
    trial = None
    if search is not None and not is_over(search.tune, search.trials):
        trial = _try(house, search)
    failpoint("tune.after_trial")
    with house.store.work() as work:
        if search is not None:
            _record(house, work, search, trial, job)
        work.jobs.finish(job)
        failpoint("tune.before_commit")
    failpoint("tune.after_commit")


def found(house: House, tenant_id: str, model_id: str, study_id: str) -> tuple[Spec, Found]:
    """Return a study's trials and what they found; raise `study.not_found`, `study.not_tuned`."""
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        study = work.studies.find(tenant_id, study_id)
        trials = work.trials.list(tenant_id, study_id=study_id, limit=10_000)
    if study is None or study.model_id != model_id:
        raise not_found("study.not_found", f"{model.path} has no study {study_id!r}")
    spec = from_dict(model.spec)
    if not trials:
        why = f"study {study_id} has tried no parameters"
        raise not_found("study.not_tuned", why, hint="[tune] trials = …")
    weights = house.tuner.importance(spec.tune, trials) if spec.tune else {}
    return spec, Found(tuple(trials), progress(trials), weights)


def _read(work: UnitOfWork, job: Job) -> _Search | None:
    """Return the study as it stands; None when it trains no more, or its spec tunes no more."""
    study = work.studies.get(job.tenant_id, str(job.payload["study_id"]))
    spec = from_dict(work.models.get(study.tenant_id, study.model_id).spec)
    lane = lane_of(spec, study.lane)
    runs = [work.runs.get(study.tenant_id, run_id) for run_id in study.runs]
    planned = [one for one in runs if one.state is RunState.PLANNED]
    if study.state is not StudyState.TRAINING or lane is None or not planned:
        return None
    trials = work.trials.list(study.tenant_id, study_id=study.id, limit=10_000)
    tune = spec.tune if study.lane == CHAMPION and spec.tune else Tune(trials=0)
    widest = min(planned, key=lambda one: one.train_from.timestamp() if one.train_from else 0.0)
    return _Search(spec, study, tune, trials, widest)


def _try(house: House, search: _Search) -> StudyTrial:
    """Train and judge the next parameters, split by split, until they are given up or done."""
    number = len(search.trials) + 1
    began = house.clock.now()
    # the first trial is what the spec says itself: nothing that is found may be worse than that
    params = {} if number == 1 else _proposed(house, search, number)
    found: list[float] = []
    cpu_seconds = 0.0
    state, error = TrialState.COMPLETE, ""
    try:
        for loss, seconds in _losses(house, search, params):
            found.append(loss)
            cpu_seconds += seconds
            is_last = len(found) == search.tune.folds
            if not is_last and is_given_up(search.tune.pruner, found, search.trials):
                state = TrialState.PRUNED
                break
    except TenureError as failed:
        state, error = TrialState.FAILED, f"{failed.code}: {failed.message}"
    if not np.isfinite(found).all():
        state, error = TrialState.FAILED, "the loss is no finite number"
    ended = house.clock.now()
    return StudyTrial(
        id=digests.short("tr", search.study.id, number),
        tenant_id=search.study.tenant_id,
        model_id=search.study.model_id,
        study_id=search.study.id,
        number=number,
        params=params,
        state=state,
        ended_at=ended,
        losses=tuple(found) if state is not TrialState.FAILED else (),
        loss=float(np.mean(found)) if state is TrialState.COMPLETE else None,
        seconds=(ended - began).total_seconds(),
        error=error,
        cpu_seconds=(ended - began).total_seconds() if error else cpu_seconds,
    )


def _proposed(house: House, search: _Search, number: int) -> dict[str, Value]:
    seed = int(digests.of_value([search.study.id, number])[-7:], 16)
    return house.tuner.propose(search.tune, search.trials, seed)


def _losses(
    house: House, search: _Search, params: dict[str, Value]
) -> Iterator[tuple[float, float]]:
    """Yield the mean loss of each split, and the CPU seconds of its training."""
    with house.store.read() as work:
        dataset = work.datasets.get(search.study.tenant_id, search.widest.dataset_id)
    rows = with_roles(rows_of(house, dataset), search.widest)
    rows = rows.filter(pl.col("__role") == "train").drop("__role")
    times, known = (None, None) if untimed(rows) else (_at(rows["__time"]), _at(rows["__known_at"]))
    lane = search.spec.lane(search.study.lane)
    bounds = Bounds(lane.train, search.spec.serve.python)
    planned = replace(search.widest, params={**search.widest.params, **params})
    for roles in folds(times, known, rows.height, search.tune.folds):
        used = rows.with_columns(__role=pl.Series(roles).replace_strict(_ROLE, default=None))
        used = used.filter(pl.col("__role").is_not_null())
        yield _loss(house, search.spec, planned, used, bounds, dataset.signature)


def _loss(
    house: House, spec: Spec, planned: Run, used: pl.DataFrame, bounds: Bounds, signature: Signature
) -> tuple[float, float]:
    given, cpu_seconds = answers(house, planned, used, signature, bounds)
    truth = used.filter(pl.col("__role") == "holdout")["__label"].to_numpy()
    loss = float(losses.rows(spec.metric, signature.task, np.array(given), truth).mean())
    return loss, cpu_seconds


def _at(column: pl.Series) -> np.ndarray:
    return column.dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")


def _record(
    house: House, work: UnitOfWork, search: _Search, trial: StudyTrial | None, job: Job
) -> None:
    """Save the trial; after the last one the runs of the race get the best parameters."""
    study = work.studies.get(search.study.tenant_id, search.study.id, lock=True)
    now = business_now(house, work, study.tenant_id, job)
    trials = search.trials if trial is None else [*search.trials, trial]
    remaining = not is_over(search.tune, trials) and study.state is StudyState.TRAINING
    if trial is not None:
        usage.add(work, study.tenant_id, Used.TRAINING, trial.cpu_seconds, house.clock.now())
        work.trials.add(study.tenant_id, trial)
        facts: Facts = {
            "study_id": study.id,
            "number": trial.number,
            "state": trial.state.value,
            "loss": trial.loss,
            "next": trial.number + 1 if remaining else None,
        }
        event = Event("trial.ended", study.tenant_id, study.model_id, trial.id, now, facts)
        record(house, work, event, spec=search.spec)
    if remaining or study.state is not StudyState.TRAINING:
        return
    found = progress(trials)
    best = found.best.params if found.best else {}
    for run_id in study.runs:
        planned = work.runs.get(study.tenant_id, run_id)
        work.runs.save(study.tenant_id, replace(planned, params={**planned.params, **best}))
    ended: Facts = {
        "runs": ",".join(study.runs),
        "trials": found.trials,
        "best": found.best.number if found.best else None,
        "loss": found.best.loss if found.best else None,
    }
    event = Event("study.tuned", study.tenant_id, study.model_id, study.id, now, ended)
    record(house, work, event, spec=search.spec)
