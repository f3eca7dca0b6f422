"""Windows: the judged answers of a day, per lane, computed from the log and the labels alone."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from tenure.core import digests
from tenure.core.models import Model
from tenure.core.outcomes import Window
from tenure.core.spec.parse import from_dict
from tenure.core.stats import losses
from tenure.core.stats.losses import Floats
from tenure.ports.work import UnitOfWork
from tenure.services.dataset_rows import as_frame
from tenure.services.house import House
from tenure.services.logged import PART_ROWS, logged_parts
from tenure.services.signature import signature_of

DAY = timedelta(days=1)


def day_windows(  # one day of one model, and how much of it is in memory at once
    house: House,
    work: UnitOfWork,
    model: Model,
    day: datetime,
    now: datetime,
    *,
    rows: int = PART_ROWS,
) -> list[Window]:
    """Return the windows of every lane that answered on the UTC day beginning at `day`."""
    labels = as_frame(
        work.outcomes.labelled(model.tenant_id, model.id, made_from=day, made_until=day + DAY)
    )
    found: dict[str, Window] = {}
    last: dict[str, datetime] = {}
    for part in logged_parts(house, work, model, day, day, rows=rows):
        answered = part.filter(pl.col("status") == "ok")
        joined = answered.join(labels, on=["request_id", "row"], how="left", maintain_order="left")
        for window, until in _windows(work, model, joined, day, now):
            lane = window.lane
            if lane not in found:
                found[lane], last[lane] = window, until
                continue
            newest = max((last[lane], found[lane].version), (until, window.version))[1]
            found[lane] = replace(_sum(found[lane], window), version=newest)
            last[lane] = max(last[lane], until)
    return [found[lane] for lane in sorted(found)]


def _sum(one: Window, other: Window) -> Window:
    return replace(
        one,
        predictions=one.predictions + other.predictions,
        labelled=one.labelled + other.labelled,
        loss_sum=one.loss_sum + other.loss_sum,
        brier_sum=one.brier_sum + other.brier_sum,
    )


def _windows(
    work: UnitOfWork, model: Model, answers: pl.DataFrame, day: datetime, now: datetime
) -> Iterator[tuple[Window, datetime]]:
    """Yield each lane's window of answers in order of their time, and when its last one was made."""
    judged = answers.filter(pl.col("label").is_not_null())
    loss, brier = _losses(work, model, judged)
    lanes, known = answers["lane"].to_numpy(), judged["lane"].to_numpy()
    for lane in dict.fromkeys(lanes.tolist()):
        mine, its = np.flatnonzero(lanes == lane), known == lane
        newest = int(mine[-1])
        window = Window(
            id=digests.short("wi", model.id, lane, day.isoformat()),
            tenant_id=model.tenant_id,
            model_id=model.id,
            lane=lane,
            version=int(answers["version"][newest]),
            day=day,
            predictions=len(mine),
            labelled=int(its.sum()),
            loss_sum=float(loss[its].sum()),
            brier_sum=float(brier[its].sum()),
            first_judged_at=now,
        )
        yield window, answers["time"][newest]


def _losses(work: UnitOfWork, model: Model, judged: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return of labelled answers the loss and, where they are probabilities, the Brier score."""
    loss = brier = np.zeros(judged.height)
    if judged.height:
        metric, task = from_dict(model.spec).metric, signature_of(work, model).task
        outputs, labels = outputs_and_labels(judged)
        loss = losses.rows(metric, task, outputs, labels)
        if metric in {"log_loss", "brier", "accuracy"}:
            brier = losses.rows("brier", task, outputs, labels)
    return loss, brier


def outputs_and_labels(judged: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return outputs [n, width] and labels [n] of labelled answers."""
    flat = judged["output"].explode().to_numpy()
    return flat.reshape(judged.height, -1), judged["label"].to_numpy()


def refresh_windows(house: House, work: UnitOfWork, model: Model, days: Iterable[datetime]) -> None:
    """Compute the windows of these days again, where they were judged before the labels came."""
    for day in sorted(set(days)):
        known = {w.id: w for w in work.windows.list(model.tenant_id, model_id=model.id, day=day)}
        if not known:
            continue
        for window in day_windows(house, work, model, day, day):
            if window.id in known:
                first = known[window.id].first_judged_at
                work.windows.save(model.tenant_id, replace(window, first_judged_at=first))
