"""Train one run of a study in the jail, or open what was trained elsewhere; record what it left."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from tenure.core.errors import TenureError
from tenure.core.events import Event, Facts
from tenure.core.hosting import Hosting
from tenure.core.jobs import Job
from tenure.core.lifecycle import step
from tenure.core.recipes import CODE, ELSEWHERE
from tenure.core.runs import RunProgress
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import TrainPart
from tenure.core.studies import ENDED, Run, RunState, Study
from tenure.core.usage import Used
from tenure.ports.training import Adopted, AdoptTask, FitTask, Fitted, TrainTask
from tenure.ports.work import UnitOfWork
from tenure.services import live, usage
from tenure.services.dataset_rows import rows_of, with_roles
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.live import Recall, Watching
from tenure.services.parquet import parquet
from tenure.services.race import lane_of
from tenure.services.record import business_now, record
from tenure.services.runs import keep


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run may use, whether its result may be a Python model, and who watches it."""

    train: TrainPart
    python: Hosting | None = None
    watch: Recall = field(default_factory=Recall)


def run(house: House, job: Job) -> None:
    """Train the run of the job. A training that fails is recorded, and the race goes on."""
    with house.store.read() as work:
        planned = work.runs.get(job.tenant_id, str(job.payload["run_id"]))
        study = work.studies.get(job.tenant_id, planned.study_id)
        spec = from_dict(work.models.get(job.tenant_id, planned.model_id).spec)
        dataset = work.datasets.get(job.tenant_id, planned.dataset_id)
    lane = lane_of(spec, study.lane)
    watch = Watching(house, planned)
    if planned.state in ENDED or watch.is_cancelled():
        ended = planned
    elif lane is None:
        ended = _failed(planned, 0, f"lane {study.lane} was taken out of the spec")
    else:
        roles = with_roles(rows_of(house, dataset), planned)
        used = roles.filter(pl.col("__role").is_not_null())
        bounds = Bounds(lane.train, spec.serve.python, watch)
        ended = attempt(house, planned, used, dataset.signature, bounds)
    failpoint("train.after_blobs")
    with house.store.work() as work:
        checkpoint = _end(house, work, study, ended, job)
        work.jobs.finish(job)
        failpoint("train.before_commit")
    failpoint("train.after_commit")
    if checkpoint:
        house.blobs.remove(checkpoint)


def attempt(
    house: House, planned: Run, used: pl.DataFrame, signature: Signature, bounds: Bounds
) -> Run:
    """Return the run as it ended: trained on the rows of `used` with the `__role` train.

    What others have trained is opened instead. What the result answers for the rows with the role
    holdout is kept; a failure is told, not raised.
    """
    table = _needed(used, signature)
    rows = int((used["__role"] == "train").sum())
    does = _DOES.get(planned.recipe, _train)
    began = house.clock.now()
    try:
        ended = does(house, planned, bounds, signature, table)
    except TenureError as error:
        hint = f" ({error.hint})" if planned.recipe in _DOES and error.hint else ""
        failed = _failed(planned, rows, f"{error.code}: {error.message}{hint}")
        spent = (house.clock.now() - began).total_seconds()
        failed = replace(_pinned(house, failed), cpu_seconds=spent)
        return _told(house, failed, bounds.watch)
    state = step(step(planned.state, RunState.RUNNING), RunState.SUCCEEDED)
    return replace(_pinned(house, ended), state=state, rows=rows)


def _told(house: House, ended: Run, watch: Recall) -> Run:
    """Return the run with what its training has told and printed, however it ended."""
    told = watch.told
    return replace(
        ended,
        metrics=told.metrics or None,
        logged=keep(house, told, watch.last.log),
        bytes=ended.bytes + sum(map(len, told.artifacts.values())),
    )


def _pinned(house: House, ended: Run) -> Run:
    """Return the run with what it was done on and with; what is only opened was done elsewhere."""
    if ended.recipe == ELSEWHERE:
        return ended
    here = house.trainer.surroundings()
    return replace(ended, surroundings=here, lock_digest=here.lock)


def answers(
    house: House, planned: Run, used: pl.DataFrame, signature: Signature, bounds: Bounds
) -> tuple[list[list[float]], float]:
    """Return what a training on these rows answers for those with the role holdout; keep nothing.

    The second value is the training's CPU seconds.
    """
    table = _needed(used, signature)
    if planned.recipe == CODE:
        fitted, opened = _run_code(house, planned, bounds, signature, table)
        return opened.holdout, fitted.cpu_seconds
    result = house.trainer.train(_train_task(planned, bounds, signature, table))
    return result.holdout, result.cpu_seconds


def _needed(used: pl.DataFrame, signature: Signature) -> pl.DataFrame:
    return used.select("__label", "__role", *(c.name for c in signature.features))


def _train(
    house: House, planned: Run, bounds: Bounds, signature: Signature, table: pl.DataFrame
) -> Run:
    result = house.trainer.train(_train_task(planned, bounds, signature, table), bounds.watch)
    kept = _kept(house, planned, result.runtime, result.files, result.holdout)
    return replace(
        _told(house, kept, bounds.watch),
        code_digest=result.code_digest,
        cpu_seconds=result.cpu_seconds,
    )


def _train_task(
    planned: Run, bounds: Bounds, signature: Signature, table: pl.DataFrame
) -> TrainTask:
    return TrainTask(
        recipe=planned.recipe,
        params=planned.params,
        seed=planned.seed,
        signature=signature,
        data=parquet(table),
        minutes=bounds.train.minutes,
        memory_bytes=bounds.train.memory_bytes,
    )


def _fit(
    house: House, planned: Run, bounds: Bounds, signature: Signature, table: pl.DataFrame
) -> Run:
    fitted, result = _run_code(house, planned, bounds, signature, table)
    kept = _kept(house, planned, result.runtime, result.files, result.holdout)
    return replace(
        _told(house, kept, bounds.watch),
        cpu_seconds=fitted.cpu_seconds,
        proofs=result.proofs,
        required=result.required,
    )


def _run_code(
    house: House, planned: Run, bounds: Bounds, signature: Signature, table: pl.DataFrame
) -> tuple[Fitted, Adopted]:
    """Run the user's code on the training rows; another process opens and proves what it left."""
    trains = table.filter(pl.col("__role") == "train").drop("__role")
    task = FitTask(
        entry=planned.entry,
        package=house.blobs.get(planned.code_digest),
        params=planned.params,
        seed=planned.seed,
        signature=signature,
        data=parquet(trains),
        minutes=bounds.train.minutes,
        memory_bytes=bounds.train.memory_bytes,
        restored=bounds.watch.restored(),
    )
    fitted = house.trainer.fit(task, bounds.watch)
    file = (fitted.file, fitted.name, fitted.format)
    return fitted, _opened(house, file, bounds, signature, parquet(table))


def _opened(
    house: House, file: tuple[bytes, str, str], bounds: Bounds, signature: Signature, data: bytes
) -> Adopted:
    """Open a model's file (bytes, name, format) in a process that no code of a user's runs in."""
    content, name, said = file
    task = AdoptTask(
        file=content,
        name=name,
        format=said,
        signature=signature,
        data=data,
        minutes=bounds.train.minutes,
        memory_bytes=bounds.train.memory_bytes,
        python=bounds.python,
    )
    return house.trainer.adopt(task)


def _adopt(
    house: House, planned: Run, bounds: Bounds, signature: Signature, table: pl.DataFrame
) -> Run:
    told = {name: str(value) for name, value in planned.params.items()}
    file = (house.blobs.get(told["file"]), told["name"], told["format"])
    result = _opened(house, file, bounds, signature, parquet(table))
    origin: dict[str, float | int | str | None] = {
        "file": told["file"],
        "name": told["name"],
        "by": told["by"],
        "trained_until": told["trained_until"] or None,
        "holdout_from": planned.holdout_from.isoformat(),
        "unseen": _unseen(told["trained_until"], planned),
    }
    kept = _kept(house, planned, result.runtime, result.files, result.holdout)
    proofs = {**result.proofs, "origin": origin}
    return replace(kept, proofs=proofs, required=result.required)


_DOES = {ELSEWHERE: _adopt, CODE: _fit}
"""What becomes of a run that no recipe of the house trains."""


def _unseen(trained_until: str, planned: Run) -> str:
    """Return whether the maker says that the held out rows were not trained on."""
    if not trained_until or planned.holdout_from == planned.holdout_until:
        return "unknown"
    return "yes" if datetime.fromisoformat(trained_until) <= planned.holdout_from else "no"


def _failed(planned: Run, rows: int, error: str) -> Run:
    state = step(step(planned.state, RunState.RUNNING), RunState.FAILED)
    return replace(planned, state=state, rows=rows, error=error)


def _cancelled(run: Run, progress: RunProgress) -> Run:
    """Return the run as somebody has ended it, whatever else came of it meanwhile."""
    said = f"run.cancelled: by {progress.cancelled_by}: {progress.reason}"
    return replace(run, state=RunState.CANCELLED, error=said, files=None)


def _kept(
    house: House, planned: Run, runtime: str, files: dict[str, bytes], holdout: list[list[float]]
) -> Run:
    """Store what a process left."""
    outputs = json.dumps(holdout).encode()
    return replace(
        planned,
        runtime=runtime,
        files={name: house.blobs.put(data) for name, data in files.items()},
        holdout_outputs=house.blobs.put(outputs),
        bytes=sum(map(len, files.values())) + len(outputs),
    )


def _end(house: House, work: UnitOfWork, study: Study, ended: Run, job: Job) -> str:
    """Save the run and say how many of its study still train; the last one starts the judging.

    Returns the checkpoint that nobody needs any more, "" for none.
    """
    work.studies.get(study.tenant_id, study.id, lock=True)
    before = work.runs.get(ended.tenant_id, ended.id, lock=True)
    progress = live.end(work, before)
    if before.state not in ENDED:
        usage.add(work, ended.tenant_id, Used.TRAINING, ended.cpu_seconds, house.clock.now())
        if progress.cancelled_by:
            ended = _cancelled(ended, progress)
    work.runs.save(ended.tenant_id, ended)
    siblings = work.runs.list(ended.tenant_id, study_id=study.id)
    remaining = sum(sibling.state not in ENDED for sibling in siblings)
    facts: Facts = {
        "study_id": study.id,
        "remaining": remaining,
        "state": ended.state.value,
        "window": ended.window,
        "rows": ended.rows,
        "error": ended.error,
    }
    spec = from_dict(work.models.get(ended.tenant_id, ended.model_id).spec)
    now = business_now(house, work, ended.tenant_id, job)
    event = Event("run.ended", ended.tenant_id, ended.model_id, ended.id, now, facts)
    record(house, work, event, spec=spec)
    return progress.checkpoint
