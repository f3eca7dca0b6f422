"""Runs beside each other: what they were given, what they logged, and where they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tenure.core.errors import invalid
from tenure.core.studies import Run
from tenure.core.told import Course, Param

_LEAST_COMPARED, MOST_COMPARED = 2, 4
"""So many runs are told apart by a line each."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What is known of a training before it is over. `id` is the run's.

    `checkpoint` is the blob that a next try begins with; `cancelled_by` the key that has ended it.
    """

    id: str
    tenant_id: str
    model_id: str
    log: str = ""
    courses: tuple[Course, ...] = ()
    params: dict[str, Param] = field(default_factory=dict)
    checkpoint: str = ""
    cancelled_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of every run compared, in their order; None where a run has none."""

    name: str
    values: tuple[object, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Courses:
    """One metric over the steps of every run that logged it more than once."""

    metric: str
    runs: tuple[Course | None, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Runs of one model beside each other. `pinned` is what each was given, besides parameters."""

    runs: tuple[str, ...]
    pinned: tuple[Row, ...]
    params: tuple[Row, ...]
    metrics: tuple[Row, ...]
    courses: tuple[Courses, ...]


def compare(
    runs: Sequence[Run],
    courses: Sequence[Sequence[Course]],
    *,
    metric: str,
    numbers: Mapping[str, int],
) -> SideBySide:
    """Put runs beside each other; `numbers` are those of their dataset versions.

    `courses` are what each logged over steps, `metric` is what they were judged by. Raises
    `run.too_many`.
    """
    if not _LEAST_COMPARED <= len(runs) <= MOST_COMPARED:
        raise invalid(
            "run.too_many",
            f"{len(runs)} runs",
            hint=f"{_LEAST_COMPARED} to {MOST_COMPARED} are compared",
        )
    params = [{**run.params, **(run.logged.params if run.logged else {})} for run in runs]
    metrics = [_metrics(run, metric) for run in runs]
    return SideBySide(
        runs=tuple(run.id for run in runs),
        pinned=_rows([_pinned(run, numbers) for run in runs]),
        params=_rows(params),
        metrics=_rows(metrics),
        courses=_courses(courses),
    )


def _pinned(run: Run, numbers: Mapping[str, int]) -> dict[str, object]:
    return {
        "study": run.study_id,
        "state": run.state.value,
        "window": run.window,
        "data": f"version {numbers.get(run.dataset_id, '?')} ({run.dataset_id})",
        "trained until": run.train_until.isoformat(),
        "rows": run.rows,
        "code": run.entry or run.recipe,
        "code digest": run.code_digest,
        "lock digest": run.lock_digest,
        "seed": run.seed,
        "runtime": run.runtime,
        **_surroundings(run),
        "CPU seconds": round(run.cpu_seconds, 3),
        "error": run.error,
    }


def _surroundings(run: Run) -> dict[str, object]:
    found = run.surroundings
    if found is None:
        return {}
    return {"cpu": found.cpu, "cores": found.cores, "python": found.python, **found.libraries}


def _metrics(run: Run, metric: str) -> dict[str, object]:
    judged = {} if run.loss is None else {f"{metric} on the rows that judged": run.loss}
    return {**judged, **(run.metrics or {})}


def _rows(columns: Sequence[Mapping[str, object]]) -> tuple[Row, ...]:
    names = dict.fromkeys(name for column in columns for name in column)
    rows = {name: tuple(column.get(name) for column in columns) for name in names}
    return tuple(
        Row(name, values, any(value != values[0] for value in values))
        for name, values in rows.items()
        if any(value is not None and value != "" for value in values)
    )


def _courses(runs: Sequence[Sequence[Course]]) -> tuple[Courses, ...]:
    own = [{one.metric: one for one in courses if len(one.steps) > 1} for courses in runs]
    names = dict.fromkeys(name for courses in own for name in courses)
    return tuple(Courses(name, tuple(courses.get(name) for courses in own)) for name in names)
