"""What answers were worth, day by day: as labels showed, else as is expected before they come.

Computed from log and labels alone, each time anew: a day is estimated from what was final when it
ended, so that what was said then and what is shown later are the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from tenure.core import accuracy, estimates
from tenure.core.calendar import DAY, day_of
from tenure.core.columns import Column, ColumnType
from tenure.core.deployments import CHAMPION
from tenure.core.estimates import Estimate, Labelled, NoEstimate
from tenure.core.models import Model, Task
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.stats import losses
from tenure.ports.training import TrainTask
from tenure.ports.work import UnitOfWork
from tenure.services.dataset_rows import as_frame, logged_features
from tenure.services.elsewhere import is_elsewhere, windows_of
from tenure.services.house import House
from tenure.services.logged import logged_parts, logged_rows
from tenure.services.parquet import parquet
from tenure.services.record import business_now
from tenure.services.signature import signature_of
from tenure.services.windows import outputs_and_labels

REFERENCE = timedelta(days=60)
"""How far back labelled rows calibrate an estimate."""
SHOWN = 14
_SEED = 7
_MINUTES, _MEMORY = 1.0, 2 * 1024**3
_OUTPUT = "__output"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the live version's answers. Figures are mean losses of the metric.

    `known` is "realised" when its labels are final, "estimated" while they are not, "unknown" when
    neither can be said; `why` says why there is no estimate. `worse` compares the realised mean with
    the limit, else the whole interval of the estimate; None when it may be either. `lag_hours` is the
    median time between answer and label.
    """

    day: datetime
    version: int
    predictions: int
    labelled: int
    lag_hours: float | None
    known: str
    realised: float | None
    estimated: float | None
    low: float | None
    high: float | None
    why: str
    worse: bool | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A model's last days. `expected` is the loss on the version's holdout, `limit` what is worse."""

    model: str
    metric: str
    at: datetime
    expected: float | None
    limit: float | None
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class _Log:
    """The answers of a span with their labels, and what is needed to judge them."""

    house: House
    model: Model
    spec: Spec
    signature: Signature
    stick: accuracy.Yardstick | None
    answers: pl.DataFrame


def show(
    house: House,
    tenant_id: str,
    model_id: str,
    days: int = SHOWN,
    until: datetime | None = None,
) -> Accuracy:
    """Return the last days of a model until now or an earlier instant, the oldest first."""
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        today = business_now(house, work, tenant_id)
        now = today if until is None else min(until, today)
        log = _log(house, work, model, day_of(now) - (days - 1) * DAY, now)
    return _told(log, now, days)


def last_days(
    house: House, work: UnitOfWork, model: Model, until: datetime, days: int
) -> tuple[list[Estimate | NoEstimate], accuracy.Yardstick | None, int]:
    """Return what is expected of the days before `until` that have answers, the oldest first.

    Beside it: what they are held against, and the version that answered last.
    """
    log = _log(house, work, model, until - days * DAY, until - timedelta(microseconds=1))
    if log.answers.is_empty():
        return [], None, 0
    found: list[Estimate | NoEstimate] = []
    version = int(log.answers["version"][-1])
    for number in range(days, 0, -1):
        day = until - number * DAY
        rows = log.answers.filter(pl.col("day") == day)
        same = not rows.is_empty() and int(rows["version"][-1]) == version
        found.append(
            _estimate(log, day, rows, is_final=False)
            if same
            else NoEstimate("nothing was answered")
        )
    return found, log.stick, version


def _log(house: House, work: UnitOfWork, model: Model, since: datetime, until: datetime) -> _Log:
    spec = from_dict(model.spec)
    signature = signature_of(work, model)
    begin = since - REFERENCE
    rows = _answers(house, work, model, (begin, until), features=signature.task is Task.REGRESSION)
    stick = None
    if not rows.is_empty():
        labelled = work.outcomes.labelled(
            model.tenant_id, model.id, made_from=begin, made_until=until
        )
        rows = rows.join(as_frame(labelled), on=["request_id", "row"], how="left")
        rows = rows.with_columns(pl.col("time").dt.truncate("1d").alias("day")).sort("time")
        version = work.versions.find(model.tenant_id, f"{model.id}/{rows['version'][-1]}")
        if version is not None:
            stick = accuracy.yardstick(version, spec.metric, spec.monitor)
        elif is_elsewhere(model):
            number = int(rows["version"][-1])
            windows = [one for one in windows_of(work, model) if one.version == number]
            stick = accuracy.first_days(windows, spec.metric, spec.monitor)
    return _Log(house, model, spec, signature, stick, rows)


def _answers(
    house: House,
    work: UnitOfWork,
    model: Model,
    span: tuple[datetime, datetime],
    *,
    features: bool,
) -> pl.DataFrame:
    """Return what the champion's lane answered; the features only where they are asked for."""
    mine = (pl.col("lane") == CHAMPION) & (pl.col("status") == "ok")
    if features:
        found = logged_rows(house, work, model, *span)
        return found.filter(mine) if not found.is_empty() else found
    needed = ("request_id", "row", "time", "version", "output")
    parts = [part.filter(mine).select(needed) for part in logged_parts(house, work, model, *span)]
    return pl.concat(parts) if parts else pl.DataFrame()


def _told(log: _Log, now: datetime, days: int) -> Accuracy:
    first = day_of(now) - (days - 1) * DAY
    each_day: list[pl.DataFrame] = []
    if not log.answers.is_empty():
        recent = log.answers.filter((pl.col("day") >= first) & (pl.col("time") < now))
        each_day = recent.partition_by("day", maintain_order=True)
    return Accuracy(
        model=log.model.path,
        metric=log.spec.metric,
        at=now,
        expected=None if log.stick is None else log.stick.baseline,
        limit=None if log.stick is None else log.stick.limit,
        days=tuple(_day(log, rows["day"][0], rows, now) for rows in each_day),
    )


def _day(log: _Log, day: datetime, rows: pl.DataFrame, now: datetime) -> Day:
    judged = rows.filter(pl.col("label").is_not_null())
    is_final = day + DAY + log.spec.labels.final_after <= now
    realised = _mean_loss(log, judged) if is_final and judged.height else None
    guess = _estimate(log, day, rows, is_final=is_final)
    given = guess if isinstance(guess, Estimate) else None
    span = (given.low, given.high) if given is not None else None
    span = (realised, realised) if realised is not None else span
    return Day(
        day=day,
        version=int(rows["version"][-1]),
        predictions=rows.height,
        labelled=judged.height,
        lag_hours=_lag(judged),
        known="realised" if realised is not None else "estimated" if given else "unknown",
        realised=realised,
        estimated=given.mean if given else None,
        low=given.low if given else None,
        high=given.high if given else None,
        why=guess.why if isinstance(guess, NoEstimate) else "",
        worse=None if span is None or log.stick is None else _worse(span, log.stick.limit),
    )


def _worse(span: tuple[float, float], limit: float) -> bool | None:
    """Return on which side of the limit a day lies; None when it may be either."""
    return True if span[0] > limit else False if span[1] <= limit else None


def _lag(judged: pl.DataFrame) -> float | None:
    """Return the median time from answer to label, in hours."""
    if judged.is_empty():
        return None
    waits = (judged["labelled_at"] - judged["time"]).dt.total_seconds().to_numpy()
    return round(float(np.median(waits)) / 3600, 2)


def _mean_loss(log: _Log, judged: pl.DataFrame) -> float:
    return float(_losses(log, judged).mean())


def _losses(log: _Log, judged: pl.DataFrame) -> estimates.Floats:
    outputs, labels = outputs_and_labels(judged)
    return losses.rows(log.spec.metric, log.signature.task, outputs, labels)


def _estimate(
    log: _Log, day: datetime, rows: pl.DataFrame, *, is_final: bool
) -> Estimate | NoEstimate:
    """Return what is expected of the day, from what was final when it ended.

    A model of the loss costs a training; it is fitted for days only that labels do not judge yet.
    """
    if is_final and log.signature.task is Task.REGRESSION:
        return NoEstimate("its labels are final")
    version = int(rows["version"][-1])
    final = pl.col("day") <= day - log.spec.labels.final_after
    recent = (pl.col("day") >= day - REFERENCE) & (pl.col("day") < day)
    mine = (pl.col("version") == version) & pl.col("label").is_not_null()
    reference = log.answers.filter(final & recent & mine)
    asked = rows.filter(pl.col("version") == version)
    if reference.height < estimates.LEAST_ROWS:
        least = estimates.LEAST_ROWS
        return NoEstimate(
            f"{reference.height} final labelled rows of version {version}, {least} are needed"
        )
    tolerance = log.stick.tolerance if log.stick else _mean_loss(log, reference) * 0.05
    if log.signature.task is Task.REGRESSION:
        return _of_numbers(log, reference, asked, tolerance)
    return _of_classes(log, reference, asked, tolerance)


def _labelled(rows: pl.DataFrame) -> Labelled:
    outputs, labels = outputs_and_labels(rows)
    return Labelled(outputs, labels, rows["day"].dt.epoch("d").to_numpy().astype(np.int64))


def _of_classes(
    log: _Log, reference: pl.DataFrame, asked: pl.DataFrame, tolerance: float
) -> Estimate | NoEstimate:
    metric, task, known = log.spec.metric, log.signature.task, _labelled(reference)
    found = estimates.calibrated(metric, task, known)
    if isinstance(found, NoEstimate):
        return found
    calibration, seen, real = found
    days = known.halves()[1].days
    trusted = estimates.trust(seen, real, days, tolerance)
    if isinstance(trusted, NoEstimate):
        return trusted
    outputs, _ = outputs_and_labels(asked)
    expected = estimates.expected(metric, task, outputs, calibration.probabilities(outputs))
    return estimates.estimate(expected, trusted)


def _of_numbers(
    log: _Log, reference: pl.DataFrame, asked: pl.DataFrame, tolerance: float
) -> Estimate | NoEstimate:
    """Fit the loss on the older labelled rows, in the jail; the newer ones say whether it holds."""
    known = _labelled(reference)
    older, newer = known.halves()
    least = estimates.LEAST_ROWS // 3
    if len(older) < least or len(newer) < least:
        return NoEstimate("the labelled rows are of too few days")
    table = pl.concat([reference, asked], how="diagonal_relaxed")
    features = logged_features(table, log.signature).with_columns(
        table["output"].list.first().alias(_OUTPUT)
    )
    cost = np.concatenate([_losses(log, reference), np.zeros(asked.height)])
    roles = ["train"] * len(older) + ["holdout"] * (len(newer) + asked.height)
    data = features.with_columns(pl.Series("__label", cost), pl.Series("__role", roles))
    columns = (*log.signature.features, Column(_OUTPUT, ColumnType.FLOAT))
    task = TrainTask(
        recipe="lightgbm",
        params={},
        seed=_SEED,
        signature=Signature(Task.REGRESSION, columns, "__label"),
        data=parquet(data),
        minutes=_MINUTES,
        memory_bytes=_MEMORY,
    )
    answers = np.asarray(log.house.trainer.train(task).holdout, dtype=np.float64)[:, 0]
    real = cost[len(older) : reference.height]
    seen, expected = estimates.foretold(real, answers)
    trusted = estimates.trust(seen, real, newer.days, tolerance)
    return trusted if isinstance(trusted, NoEstimate) else estimates.estimate(expected, trusted)
