"""Train the winner of a race once more, on its window up to now: the holdout is too new to waste.

The gate has judged how a window does on rows that it had not seen; what is released has seen them.
The judged version stands by: it is released instead when the refit fails, or answers nonsense.
"""

from dataclasses import dataclass, replace
from math import isfinite

import polars as pl

from tenure.core import digests
from tenure.core.examinations import Facts
from tenure.core.retraining import may_replace, window_from
from tenure.core.studies import Run, RunState
from tenure.services.compare import Comparison, answers_of, holdout_of
from tenure.services.dataset_rows import rows_of, with_roles
from tenure.services.house import House
from tenure.services.race import Race
from tenure.services.train import Bounds, attempt


@dataclass(frozen=True, slots=True)
class Refit:
    """The second training of a winner. `facts` are its evidence; they say what was released."""

    run: Run
    facts: Facts
    is_released: bool


def refit(house: House, race: Race, found: Comparison) -> Refit:
    """Train the best candidate's window up to the end of its holdout, and look at the result."""
    judged = found.best
    with house.store.read() as work:
        dataset = work.datasets.get(judged.tenant_id, judged.dataset_id)
    table = rows_of(house, dataset)
    planned = _planned(judged)
    seen = pl.col("__role") == "holdout"
    used = pl.concat(
        [with_roles(table, planned).filter(~seen), with_roles(table, judged).filter(seen)]
    )
    run = attempt(
        house, planned, used, dataset.signature, Bounds(race.lane.train, race.spec.serve.python)
    )
    facts: Facts = {
        "run": run.id,
        "window": run.window,
        "rows": run.rows,
        "train_until": run.train_until.isoformat(),
        "judged_run": judged.id,
        "judged_rows": judged.rows,
        "judged_loss": found.loss,
    }
    if run.state is RunState.FAILED:
        return _not_released(run, facts, run.error)
    holdout = holdout_of(table, dataset.signature, race)
    loss = float(holdout.losses_of(answers_of(house, run)).mean())
    facts |= {"loss_on_seen_rows": loss if isfinite(loss) else None}
    verdict = may_replace(loss, found.loss or 0.0, found.loss_sd or 0.0)
    if not verdict.allowed:
        return _not_released(run, facts, verdict.reason)
    return Refit(run, facts | {"released": "refit"}, is_released=True)


def _planned(judged: Run) -> Run:
    until = judged.holdout_until
    return replace(
        judged,
        id=digests.short("rn", judged.study_id, "refit"),
        state=RunState.PLANNED,
        train_from=window_from(judged.window, until),
        train_until=until,
        holdout_from=until,
        holdout_until=until,
        held_out=0,
        files=None,
        holdout_outputs="",
        rows=0,
        cpu_seconds=0.0,
        metrics=None,
        loss=None,
        logged=None,
        bytes=0,
    )


def _not_released(run: Run, facts: Facts, reason: str) -> Refit:
    return Refit(run, facts | {"released": "judged", "reason": reason}, is_released=False)
