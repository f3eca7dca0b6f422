"""What trainings left: what they told, put beside what others told, and what they answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenure.core.errors import not_found
from tenure.core.runs import SideBySide, compare
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.core.studies import ENDED, Kept, Logged, Run, RunState
from tenure.core.told import Course, Point, Told, courses
from tenure.ports.training import ScoreTask
from tenure.ports.work import UnitOfWork
from tenure.services.house import House
from tenure.services.parquet import frame, parquet

_POINTS = {"metric": pl.String, "step": pl.Int64, "value": pl.Float64}


@dataclass(frozen=True, slots=True)
class RunLog:
    """What a run has printed, the end of it, and the last value of each metric, by now."""

    run: str
    state: str
    text: str
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class ArtifactContents:
    """A file that a training kept; in JSON its bytes are base64."""

    name: str
    digest: str
    data: bytes


def keep(house: House, told: Told, log: str) -> Logged | None:
    """Store what a training told, metrics in columns; None when it told nothing."""
    points = [(one.name, one.step, one.value) for one in told.points]
    if not (points or told.params or told.artifacts or log.strip()):
        return None
    table = pl.DataFrame(points, schema=_POINTS, orient="row")
    return Logged(
        params=dict(told.params),
        artifacts={n: Kept(house.blobs.put(d), len(d)) for n, d in told.artifacts.items()},
        points=house.blobs.put(parquet(table)) if points else "",
        log=house.blobs.put(log.encode()) if log.strip() else "",
    )


def metrics(house: House, tenant_id: str, model_id: str, run_id: str) -> tuple[Course, ...]:
    """Return how the metrics of a run went; raise `run.not_found`."""
    with house.store.read() as work:
        run = run_of(work, tenant_id, model_id, run_id)
        progress = work.progress.find(tenant_id, run_id)
    return _courses(house, run) if progress is None else progress.courses


def log(house: House, tenant_id: str, model_id: str, run_id: str) -> RunLog:
    """Return the end of what a run printed; raise `run.not_found`."""
    with house.store.read() as work:
        run = run_of(work, tenant_id, model_id, run_id)
        progress = work.progress.find(tenant_id, run_id)
    if progress is not None and run.state not in ENDED:
        now = {course.metric: course.values[-1] for course in progress.courses}
        return RunLog(run.id, RunState.RUNNING.value, progress.log, now)
    kept = run.logged.log if run.logged else ""
    text = house.blobs.get(kept).decode() if kept else ""
    return RunLog(run.id, run.state.value, text, run.metrics or {})


def artifact(
    house: House, tenant_id: str, model_id: str, run_id: str, name: str
) -> ArtifactContents:
    """Return a file that a run kept; raise `run.not_found`, `artifact.not_found`."""
    with house.store.read() as work:
        run = run_of(work, tenant_id, model_id, run_id)
    kept = run.logged.artifacts if run.logged else {}
    if name not in kept:
        known = ", ".join(kept) or "none"
        raise not_found(
            "artifact.not_found", f"run {run_id} kept no {name!r}", hint=f"kept: {known}"
        )
    return ArtifactContents(name, kept[name].digest, house.blobs.get(kept[name].digest))


def comparison(house: House, tenant_id: str, model_id: str, run_ids: Sequence[str]) -> SideBySide:
    """Return runs of one model beside each other; raise `run.not_found`, `run.too_many`."""
    with house.store.read() as work:
        spec = from_dict(work.models.get(tenant_id, model_id).spec)
        runs = [run_of(work, tenant_id, model_id, run_id) for run_id in dict.fromkeys(run_ids)]
        named = {run.dataset_id for run in runs}
        found = {name: work.datasets.find(tenant_id, name) for name in named}
    numbers = {name: dataset.number for name, dataset in found.items() if dataset is not None}
    went = [_courses(house, run) for run in runs]
    return compare(runs, went, metric=spec.metric, numbers=numbers)


def _courses(house: House, run: Run) -> tuple[Course, ...]:
    if run.logged is None or not run.logged.points:
        return ()
    rows = frame(house.blobs.get(run.logged.points)).iter_rows()
    return courses(Point(name, step, value) for name, step, value in rows)


def run_of(work: UnitOfWork, tenant_id: str, model_id: str, run_id: str) -> Run:
    """Return a run of this model; raise `run.not_found`."""
    work.models.get(tenant_id, model_id)
    run = work.runs.find(tenant_id, run_id)
    if run is None or run.model_id != model_id:
        raise not_found("run.not_found", f"{tenant_id}/{model_id} has no run {run_id!r}")
    return run


def outputs_on(
    house: House, run: Run, rows: pl.DataFrame, signature: Signature
) -> NDArray[np.float64]:
    """Return what a run that has ended answers for rows, [rows, width]."""
    files = {name: house.blobs.get(digest) for name, digest in (run.files or {}).items()}
    data = parquet(rows.select([c.name for c in signature.features if c.name in rows.columns]))
    answered = house.trainer.score(ScoreTask(run.runtime, files, signature, data))
    return np.asarray(answered, dtype=np.float64)


def outputs_of(house: House, ended: Run) -> list[list[float]]:
    """Return the run's outputs on its study's holdout rows."""
    loaded: list[list[float]] = json.load(BytesIO(house.blobs.get(ended.holdout_outputs)))
    return loaded
