"""Windows: the judged answers of a day, per lane, computed from the log and the labels alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenure.core import digests
from tenure.core.models import Model
from tenure.core.outcomes import Window
from tenure.core.spec.parse import from_dict
from tenure.core.stats import losses
from tenure.ports.work import UnitOfWork
from tenure.services.dataset_rows import as_frame, logged_rows
from tenure.services.house import House
from tenure.services.signature import signature_of

DAY = timedelta(days=1)


def day_windows(
    house: House, work: UnitOfWork, model: Model, day: datetime, now: datetime
) -> list[Window]:
    """Return the windows of every lane that answered on the UTC day beginning at `day`."""
    logged = logged_rows(house, work, model, day, day, features=False)
    if logged.is_empty():
        return []
    labelled = work.outcomes.labelled(
        model.tenant_id, model.id, made_from=day, made_until=day + DAY
    )
    answered = logged.filter(pl.col("status") == "ok")
    joined = answered.join(as_frame(labelled), on=["request_id", "row"], how="left")
    return [
        _window(work, model, str(lane), part, day, now)
        for (lane,), part in sorted(joined.group_by(["lane"]), key=lambda group: str(group[0]))
    ]


def _window(  # one window, all its parts
    work: UnitOfWork, model: Model, lane: str, answers: pl.DataFrame, day: datetime, now: datetime
) -> Window:
    spec = from_dict(model.spec)
    judged = answers.filter(pl.col("label").is_not_null())
    loss = brier = 0.0
    if judged.height:
        outputs, labels = outputs_and_labels(judged)
        task = signature_of(work, model).task
        loss = float(losses.rows(spec.metric, task, outputs, labels).sum())
        if spec.metric in {"log_loss", "brier", "accuracy"}:
            brier = float(losses.rows("brier", task, outputs, labels).sum())
    return Window(
        id=digests.short("wi", model.id, lane, day.isoformat()),
        tenant_id=model.tenant_id,
        model_id=model.id,
        lane=lane,
        version=int(answers["version"][-1]),
        day=day,
        predictions=answers.height,
        labelled=judged.height,
        loss_sum=loss,
        brier_sum=brier,
        first_judged_at=now,
    )


def outputs_and_labels(judged: pl.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
