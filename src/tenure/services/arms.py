"""The two arms of a trial: what the candidate answered, what live answered, on which rows both did.

Computed from the log and the labels alone, so that looking twice is looking once.
"""

from dataclasses import dataclass, field
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
from tenure.services.dataset_rows import as_frame
from tenure.services.house import House
from tenure.services.logged import logged_parts
from tenure.services.record import business_now
from tenure.services.signature import signature_of
from tenure.services.windows import outputs_and_labels

_FAULT = "model."
"""How the status of an answer begins that failed by the version's own fault."""
_ROW = ["request_id", "row"]
_OK = pl.col("status") == "ok"


@dataclass(slots=True)
class Arms:
    """Both arms' answers in a span, folded part by part: eight bytes are kept of a labelled pair.

    Answers, failures and slowness are counted where the candidate answers (`lane`): clients in the
    canary, nobody in the shadow. Losses are those of rows whose truth is known, in no order:
    `pairs` holds loss of the candidate - loss of live of the rows that both answered, `mine` and
    `theirs` what each arm's clients were given.
    """

    metric: str
    task: Task
    deployment_id: str
    lane: str
    p99_ms: float | None
    rows: int = 0
    answers: int = 0
    failed: int = 0
    slow: int = 0
    live: tuple[datetime, int] | None = None  # when the live arm answered last, and its version
    pairs: list[Floats] = field(default_factory=list)
    mine: list[Floats] = field(default_factory=list)
    theirs: list[Floats] = field(default_factory=list)

    def fold(self, answers: pl.DataFrame) -> None:
        """Add every answer to some requests. `label` is null where the truth is not known yet."""
        lane = pl.col("lane")
        tried = lane.is_in([CANARY, CANDIDATE]) & (pl.col("deployment_id") == self.deployment_id)
        candidate = answers.filter(tried)
        live = answers.filter(lane.is_in([CHAMPION, INCUMBENT]))
        self._count(candidate.filter(lane == self.lane))
        if live.height:
            newest = live.row(int(live["time"].arg_max() or 0), named=True)
            last = (newest["time"], newest["version"])
            self.live = last if self.live is None else max(self.live, last)
        known = _OK & pl.col("label").is_not_null()
        mine, theirs = candidate.filter(known), live.filter(known)
        self.mine.append(self._losses(mine.filter(lane == CANARY)))
        self.theirs.append(self._losses(theirs.filter(lane == CHAMPION)))
        mine = mine.sort(_ROW).join(theirs, on=_ROW, how="semi", maintain_order="left")
        theirs = theirs.sort(_ROW).join(mine, on=_ROW, how="semi", maintain_order="left")
        self.pairs.append(self._losses(mine) - self._losses(theirs))

    def _count(self, asked: pl.DataFrame) -> None:
        fault = pl.col("status").str.starts_with(_FAULT)
        answered = asked.filter(_OK | fault)
        requests = answered.unique("request_id")
        self.rows += answered.height
        self.answers += requests.height
        self.failed += requests.filter(fault).height
        if self.lane == CANARY and self.p99_ms is not None:
            self.slow += requests.filter(pl.col("latency_us") > 1000 * self.p99_ms).height

    def _losses(self, judged: pl.DataFrame) -> Floats:
        if judged.is_empty():
            return np.zeros(0)
        outputs, labels = outputs_and_labels(judged)
        return losses.rows(self.metric, self.task, outputs, labels)


def arms_of(  # one trial, and the span that is looked at
    house: House,
    work: UnitOfWork,
    model: Model,
    deployment: Deployment,
    since: datetime,
    until: datetime,
) -> Arms:
    """Return what the arms answered in [since, until), with the labels that are known by then."""
    plan = deployment.rollout
    arms = Arms(
        metric=from_dict(model.spec).metric,
        task=signature_of(work, model).task,
        deployment_id=deployment.id,
        lane=CANDIDATE if deployment.canary_at is None else CANARY,
        p99_ms=plan.p99_ms if plan else None,
    )
    labelled = as_frame(
        work.outcomes.labelled(
            model.tenant_id, model.id, made_from=since, made_until=until, known_until=until
        )
    )
    span = (pl.col("time") >= since) & (pl.col("time") < until)
    for part in logged_parts(house, work, model, since, until):
        arms.fold(part.filter(span).join(labelled, on=_ROW, how="left"))
    return arms


def seen(arms: Arms, deployment: Deployment) -> Seen:
    """Return what the candidate has shown to whom it answers: clients, or nobody in the shadow."""
    plan = deployment.rollout
    if plan is None:
        return Seen()
    differences = _all(arms.pairs)
    harm, safety = weigh(plan, differences)
    return Seen(
        rows=arms.rows,
        answers=arms.answers,
        failed=arms.failed,
        slow=arms.slow,
        pairs=len(differences),
        difference=float(differences.mean()) if len(differences) else None,
        harm=harm,
        safety=safety,
    )


def _all(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


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
    return Comparison(
        deployment=found.id,
        version=found.version,
        live=arms.live[1] if arms.live else None,
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
    differences = _all(arms.pairs)
    low, high = interval(differences, -plan.reach, plan.reach, plan.confidence)
    rows = len(differences)
    return Difference(float(differences.mean()) if rows else None, low, high, rows, rows)


def _unpaired(arms: Arms, plan: Rollout) -> Difference:
    """Compare what each arm's clients were given: each mean has half of the error to itself."""
    mine, theirs = _all(arms.mine), _all(arms.theirs)
    each = (1.0 + plan.confidence) / 2.0
    (low, high), (least, most) = (interval(one, 0.0, plan.reach, each) for one in (mine, theirs))
    both = len(mine) and len(theirs)
    mean = float(mine.mean() - theirs.mean()) if both else None
    return Difference(mean, low - most, high - least, len(mine), len(theirs))
