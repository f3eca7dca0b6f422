"""A table whose truth is known, read to be judged: truths, answers, times; the rest are features."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenure.adapters.tables.finding import need
from tenure.adapters.tables.inference import kind_of, reads_as
from tenure.adapters.tables.numbers import as_numbers
from tenure.adapters.tables.sieve import Sieve
from tenure.adapters.tables.target import IMPORT, read_target
from tenure.adapters.tables.texts import as_texts
from tenure.adapters.tables.times import as_instants
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import invalid
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.stats.losses import Floats
from tenure.ports.tables import Judging, Truths

NOUN = "evaluate"
_BINARY = 2
_BITS = ("0", "1")
_SUM = 1e-3
"""Probabilities of classes may miss one by so much: others wrote them with three digits."""


def survey(table: pl.DataFrame, judging: Judging, skip: tuple[str, ...]) -> Signature:
    """Return the task, the classes and the features; see `ports/tables.py`."""
    target = need(table, judging.target, "the target is", NOUN)
    task = judging.task or _task_of(target)
    classes = judging.classes
    if task is not Task.REGRESSION and not classes:
        _, classes = read_target(target, task, (), _sieve(table), IMPORT)
    answers = {name for one in judging.answers for name in one}
    used = {judging.target, judging.time, *answers, *skip}
    found = (kind_of(table[name]) for name in table.columns if name not in used)
    features = tuple(one for one in found if isinstance(one, Column))
    return Signature(task, features, judging.target, classes)


def _task_of(target: pl.Series) -> Task:
    """Return binary for two values, regression for other numbers, else multiclass.

    Raises `evaluate.constant_target`.
    """
    texts = as_texts(target.drop_nulls())
    if texts.n_unique() < _BINARY:
        always = texts[0] if len(texts) else "missing"
        raise invalid(
            "evaluate.constant_target",
            f"the target {target.name!r} is always {always}",
            hint="nothing can be told from one value; with numbers say --task regression",
        )
    if texts.n_unique() == _BINARY:
        return Task.BINARY
    return Task.REGRESSION if reads_as(texts, ColumnType.FLOAT) else Task.MULTICLASS


def to_judge(table: pl.DataFrame, judging: Judging) -> Truths:
    """Return the rows that can be judged; see `ports/tables.py`."""
    sieve = _sieve(table)
    target = need(table, judging.target, "the target is", NOUN)
    task = judging.task or Task.REGRESSION
    labels = _labels(target, task, judging.classes, sieve)
    sets = [_answers(table, names, task, sieve) for names in judging.answers]
    answers = np.stack(sets) if sets else np.empty((0, table.height, 1))
    instants = _instants(table, judging.time, sieve)
    alive = sieve.alive
    return Truths(
        labels=_kept(labels, alive),
        answers=answers if alive.all() else answers[:, alive],
        instants=_kept(instants, alive) if judging.time else instants,
        places=np.flatnonzero(alive),
        quarantined=sieve.quarantined,
    )


def _labels(target: pl.Series, task: Task, classes: tuple[str, ...], sieve: Sieve) -> Floats:
    """Return class indices or numbers; 0 and 1 that are written as such are taken as they are."""
    if classes == _BITS and target.dtype.is_integer() and not target.null_count():
        values = target.to_numpy()
        if values.min(initial=0) >= 0 and values.max(initial=1) <= 1:
            return values.astype(np.float64)
    labels, _ = read_target(target, task, classes, sieve, IMPORT)
    found: Floats = labels.fill_null(0.0).to_numpy().astype(np.float64)
    return found


def _kept(values: Floats, alive: NDArray[np.bool_]) -> Floats:
    return values if alive.all() else values[alive]


def _sieve(table: pl.DataFrame) -> Sieve:
    return Sieve(np.arange(1, table.height + 1))


def _answers(table: pl.DataFrame, names: tuple[str, ...], task: Task, sieve: Sieve) -> Floats:
    columns = []
    for name in names:
        values = need(table, name, "the answers are in", NOUN)
        numbers = as_numbers(values, ColumnType.FLOAT)
        bad = numbers.misfit | numbers.odd | numbers.values.is_null()
        if task is not Task.REGRESSION:
            bad |= ~numbers.values.is_between(0.0, 1.0)
        sieve.put_aside("row.bad_output", bad, values, name)
        columns.append(numbers.values.fill_null(0.0).to_numpy())
    found = np.stack(columns, axis=1).astype(np.float64)
    if task is Task.MULTICLASS:
        sieve.put_aside("row.bad_output", np.abs(found.sum(axis=1) - 1.0) > _SUM)
    return found


def _instants(table: pl.DataFrame, name: str, sieve: Sieve) -> Floats:
    if not name:
        return np.empty(0)
    values = need(table, name, "the time is", NOUN)
    times = as_instants(values)
    sieve.put_aside("row.bad_time", times.is_null(), values, name)
    seconds: Floats = (times.dt.epoch("us").fill_null(0).cast(pl.Float64) / 1e6).to_numpy()
    return seconds
