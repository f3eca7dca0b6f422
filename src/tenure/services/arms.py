"""The two arms of a trial: what the candidate answered, what live answered, on which rows both did.

Computed from the log and the labels alone, so that looking twice is looking once.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from tenure.core.deployments import (
    CANARY,
    CANDIDATE,
    CHAMPION,
    INCUMBENT,
    Deployment,
    Rollout,
)
from tenure.core.errors import conflict, not_found
from tenure.core.models import Model, Task
from tenure.core.rollout import Seen, weigh
from tenure.core.spec.parse import from_dict
from tenure.core.stats import losses
from tenure.core.stats.betting import interval
from tenure.core.stats.losses import Floats
from tenure.ports.work import UnitOfWork
from tenure.services.dataset_rows import as_frame, logged_rows
from tenure.services.house import House
from tenure.services.record import business_now
from tenure.services.signature import signature_of
from tenure.services.windows import outputs_and_labels

_FAULT = "model."
"""How the status of an answer begins that failed by the version's own fault."""
_ROW = ["request_id", "row"]


@dataclass(frozen=True, slots=True)
class Arms:
    """Both arms' answers since an instant. `label` is null where the truth is not known yet."""

    candidate: pl.DataFrame
    live: pl.DataFrame
    metric: str
    task: Task

    def losses_of(self, answers: pl.DataFrame) -> Floats:
        """Return what each labelled answer cost."""
        judged = answers.filter((pl.col("status") == "ok") & pl.col("label").is_not_null())
        if judged.is_empty():
            return np.zeros(0)
        outputs, labels = outputs_and_labels(judged)
        return losses.rows(self.metric, self.task, outputs, labels)

    def differences(self) -> Floats:
        """Return loss of the candidate - loss of live, of the labelled rows that both answered."""
        mine, theirs = self.candidate, self.live
        good = (pl.col("status") == "ok") & pl.col("label").is_not_null()
        if mine.is_empty() or theirs.is_empty():
            return np.zeros(0)
        mine, theirs = mine.filter(good).sort(_ROW), theirs.filter(good).sort(_ROW)
        mine = mine.join(theirs, on=_ROW, how="semi", maintain_order="left")
        theirs = theirs.join(mine, on=_ROW, how="semi", maintain_order="left")
        return self.losses_of(mine) - self.losses_of(theirs)


def arms_of(  # one trial, and the span that is looked at
    house: House,
    work: UnitOfWork,
    model: Model,
    deployment: Deployment,
    since: datetime,
    until: datetime,
) -> Arms:
    """Return what the arms answered in [since, until), with the labels that are known by then."""
    metric, task = from_dict(model.spec).metric, signature_of(work, model).task
    logged = logged_rows(house, work, model, since, until, features=False)
    if logged.is_empty():
        return Arms(logged, logged, metric, task)
    labelled = work.outcomes.labelled(
        model.tenant_id, model.id, made_from=since, made_until=until, known_until=until
    )
    span = logged.filter((pl.col("time") >= since) & (pl.col("time") < until))
    joined = span.join(as_frame(labelled), on=_ROW, how="left", maintain_order="left")
    mine = joined.filter(
        pl.col("lane").is_in([CANARY, CANDIDATE]) & (pl.col("deployment_id") == deployment.id)
    )
    return Arms(mine, joined.filter(pl.col("lane").is_in([CHAMPION, INCUMBENT])), metric, task)


def seen(arms: Arms, deployment: Deployment) -> Seen:
    """Return what the candidate has shown to whom it answers: clients, or nobody in the shadow."""
    plan = deployment.rollout
    if plan is None or arms.candidate.is_empty():
        return Seen()
    lane = CANDIDATE if deployment.canary_at is None else CANARY
    mine = arms.candidate.filter(pl.col("lane") == lane)
    fault = pl.col("status").str.starts_with(_FAULT)
    answered = mine.filter((pl.col("status") == "ok") | fault)
    requests = answered.unique("request_id")
    slow = pl.col("latency_us") > 1000 * (plan.p99_ms or float("inf"))
    differences = arms.differences()
    harm, safety = weigh(plan, differences)
    return Seen(
        rows=answered.height,
        answers=requests.height,
        failed=requests.filter(fault).height,
        slow=requests.filter(slow).height if lane == CANARY else 0,
        pairs=len(differences),
        difference=float(differences.mean()) if len(differences) else None,
        harm=harm,
        safety=safety,
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean loss of the candidate - mean loss of live, with bounds that may be looked at any time."""

    mean: float | None
    low: float
    high: float
    candidate_rows: int
    live_rows: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a trial stands. `paired`: rows that both answered; `unpaired`: what clients were given.

    The pairs are far more precise and do not see what an answer itself brings about; `unpaired`
    does, and needs many more rows. Each interval is ever wrong with probability 1 - confidence.
    """

    deployment: str
    version: int
    live: int | None
    state: str
    share: float
    metric: str
    since: datetime
    until: datetime
    confidence: float
    margin: float
    paired: Difference
    unpaired: Difference
    answers: int
    failed: int
    slow: int
    reason: str


def compare(house: House, tenant_id: str, model_id: str, deployment_id: str) -> Comparison:
    """Return how a deployment's trial stands or ended; raise `deployment.never_tried`."""
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        found = work.deployments.find(tenant_id, deployment_id)
        if found is None or found.model_id != model_id:
            raise not_found(
                "deployment.not_found", f"{model.path} has no deployment {deployment_id!r}"
            )
        since, plan = found.canary_at or found.stage_at, found.rollout
        if since is None or plan is None:
            raise conflict(
                "deployment.never_tried",
                f"{deployment_id} of {model.path} was never tried beside a live version",
            )
        until = found.live_at or found.stopped_at or business_now(house, work, tenant_id)
        arms = arms_of(house, work, model, found, since, until)
    shown = seen(arms, found)
    versions = arms.live["version"].unique().to_list() if not arms.live.is_empty() else []
    return Comparison(
        deployment=found.id,
        version=found.version,
        live=int(versions[-1]) if versions else None,
        state=found.state.value,
        share=found.share,
        metric=arms.metric,
        since=since,
        until=until,
        confidence=plan.confidence,
        margin=plan.margin,
        paired=_paired(arms, plan),
        unpaired=_unpaired(arms, plan),
        answers=shown.answers,
        failed=shown.failed,
        slow=shown.slow,
        reason=found.reason,
    )


def _paired(arms: Arms, plan: Rollout) -> Difference:
    differences = arms.differences()
    low, high = interval(differences, -plan.reach, plan.reach, plan.confidence)
    rows = len(differences)
    return Difference(float(differences.mean()) if rows else None, low, high, rows, rows)


def _unpaired(arms: Arms, plan: Rollout) -> Difference:
    """Compare what each arm's clients were given: each mean has half of the error to itself."""
    if arms.candidate.is_empty() or arms.live.is_empty():
        return Difference(None, -plan.reach, plan.reach, 0, 0)
    mine = arms.losses_of(arms.candidate.filter(pl.col("lane") == CANARY))
    theirs = arms.losses_of(arms.live.filter(pl.col("lane") == CHAMPION))
    each = (1.0 + plan.confidence) / 2.0
    (low, high), (least, most) = (interval(one, 0.0, plan.reach, each) for one in (mine, theirs))
    both = len(mine) and len(theirs)
    mean = float(mine.mean() - theirs.mean()) if both else None
    return Difference(mean, low - most, high - least, len(mine), len(theirs))
