"""Compare the candidates of a race with the champion, on rows that none of them trained on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenure.core.evaluation.holdout import evaluation
from tenure.core.evidence import Evidence, evidence_id
from tenure.core.examinations import Facts
from tenure.core.policies import Subject, confidences
from tenure.core.signatures import Signature
from tenure.core.stats import losses
from tenure.core.stats.bootstrap import paired_interval
from tenure.core.studies import Run
from tenure.services.dataset_rows import rows_of, untimed, with_roles
from tenure.services.examine import Judged, examined
from tenure.services.house import House
from tenure.services.race import Race
from tenure.services.runs import outputs_of, outputs_on

Floats = NDArray[np.float64]
Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the holdout said. Losses are means of the spec's metric, lower is better."""

    best: Run
    loss: float | None
    loss_sd: float | None  # of the daily means
    evaluation: Facts | None
    comparisons: tuple[Facts, ...]  # one per confidence that a clause asks for
    losses: Mapping[str, float] = field(default_factory=dict)  # of every candidate, by run
    examined: Mapping[str, Facts] = field(default_factory=dict)  # by kind, as clauses ask

    def evidence(
        self, subject: Subject, now: datetime, valid_for: timedelta
    ) -> tuple[Evidence, ...]:
        """Return the facts as dated evidence of a version."""
        found = [("comparison", facts) for facts in self.comparisons]
        if self.evaluation is not None:
            found.append(("evaluation", self.evaluation))
        found += [*(self.best.proofs or {}).items(), *self.examined.items()]
        return tuple(dated(subject, kind, facts, now, valid_for) for kind, facts in found)


@dataclass(frozen=True, slots=True)
class Holdout:
    """The rows that candidates and champion are judged on: rows, their truth, their days."""

    signature: Signature
    metric: str
    rows: pl.DataFrame
    labels: Floats
    days: Days
    before: int  # how many rows of the dataset come before them, where rows carry no time

    def losses_of(self, outputs: Floats) -> Floats:
        """Return what each answer cost."""
        return losses.rows(self.metric, self.signature.task, outputs, self.labels)


def dated(
    subject: Subject, kind: str, facts: Facts, now: datetime, valid_for: timedelta
) -> Evidence:
    """Return facts about a version as evidence that was made now."""
    tenant_id, model_id, version = subject.tenant_id, subject.model_id, subject.version
    return Evidence(
        id=evidence_id(tenant_id, model_id, version, kind, facts),
        tenant_id=tenant_id,
        model_id=model_id,
        version=version,
        kind=kind,
        made_at=now,
        expires_at=now + valid_for,
        facts=facts,
    )


def compare(house: House, race: Race) -> Comparison | None:
    """Score every candidate and the champion; None when no candidate can be judged."""
    if not race.runs:
        return None
    with house.store.read() as work:
        dataset = work.datasets.get(race.study.tenant_id, race.study.dataset_id)
    table = rows_of(house, dataset)
    holdout = holdout_of(table, dataset.signature, race)
    if holdout.rows.is_empty():
        return Comparison(race.runs[0], None, None, None, ())
    outputs = [answers_of(house, run) for run in race.runs]
    each = [holdout.losses_of(answers) for answers in outputs]
    best = min(range(len(each)), key=lambda i: (float(each[i].mean()), i))
    run = race.runs[best]
    trained = with_roles(table, run).filter(pl.col("__role") == "train")["__label"].to_numpy()
    task = dataset.signature.task
    facts: Facts = dict(
        evaluation(task, outputs[best], holdout.labels, trained, metric=holdout.metric)
    )
    facts |= {"days": len(np.unique(holdout.days)), "window": run.window, "candidates": len(each)}
    return Comparison(
        best=run,
        loss=float(each[best].mean()),
        loss_sd=_daily_sd(each[best], holdout.days),
        evaluation=facts,
        comparisons=_against(house, race, holdout, each[best]),
        losses={one.id: float(own.mean()) for one, own in zip(race.runs, each, strict=True)},
        examined=_examined(house, race, holdout, run, outputs[best]),
    )


def _examined(
    house: House, race: Race, holdout: Holdout, run: Run, outputs: Floats
) -> dict[str, Facts]:
    signature = holdout.signature
    judged = Judged(signature, holdout.metric, holdout.rows, holdout.labels, outputs, holdout.days)

    def ask(rows: pl.DataFrame) -> Floats:
        return outputs_on(house, run, rows, signature)

    return examined(race.policy, judged, ask, race.lane.train.seed)


def holdout_of(table: pl.DataFrame, signature: Signature, race: Race) -> Holdout:
    """Return the rows that judge the race."""
    rows = with_roles(table, race.runs[0]).filter(pl.col("__role") == "holdout")
    return Holdout(
        signature=signature,
        metric=race.spec.metric,
        rows=rows,
        labels=rows["__label"].to_numpy(),
        days=_blocks(rows),
        before=table.height - rows.height,
    )


def _against(house: House, race: Race, holdout: Holdout, candidate: Floats) -> tuple[Facts, ...]:
    """Return candidate - champion on the rows the champion has not trained on either.

    A champion that was fitted again after its own race is represented by what was judged then:
    it is as much older than the candidate as the one that serves is older than the one to be
    released, and it has not seen more of the holdout than they.
    """
    champion, judged = race.champion, race.champion_run
    if champion is None or judged is None:
        return ({"champion": None},)
    unseen = _unseen(holdout, judged)
    theirs = holdout.losses_of(_score(house, judged, holdout))
    difference, blocks = (candidate - theirs)[unseen], holdout.days[unseen]
    shared: Facts = {
        "champion": champion.number,
        "champion_run": judged.id,
        "metric": holdout.metric,
        "days": len(np.unique(blocks)),
        "rows": int(unseen.sum()),
        "champion_loss": float(theirs[unseen].mean()) if unseen.any() else None,
        "candidate_loss": float(candidate[unseen].mean()) if unseen.any() else None,
    }
    return tuple(
        shared | _interval(difference, blocks, confidence, race.lane.train.seed)
        for confidence in confidences(race.policy)
    )


def _unseen(holdout: Holdout, run: Run) -> NDArray[np.bool_]:
    """Return which rows a run has not trained on; without time it trained on the first."""
    if untimed(holdout.rows):
        return np.arange(holdout.rows.height) + holdout.before >= run.rows
    return (holdout.rows["__known_at"] >= run.train_until).fill_null(value=False).to_numpy()


def _interval(difference: Floats, blocks: Days, confidence: float, seed: int) -> Facts:
    found = paired_interval(difference, blocks, confidence=confidence, seed=seed)
    return {
        "confidence": confidence,
        "difference": found.mean,
        "low": found.low if isfinite(found.low) else None,
        "high": found.high if isfinite(found.high) else None,
    }


def _score(house: House, run: Run, holdout: Holdout) -> Floats:
    with house.store.read() as work:
        signature = work.datasets.get(run.tenant_id, run.dataset_id).signature
    return outputs_on(house, run, holdout.rows, signature)


def answers_of(house: House, run: Run) -> Floats:
    """Return what a run answered for the rows that judge it, [rows, width]."""
    return np.asarray(outputs_of(house, run), dtype=np.float64)


def _blocks(rows: pl.DataFrame) -> Days:
    """Return the UTC day of each row; rows without time are cut into twenty blocks in order."""
    if untimed(rows):
        return np.arange(rows.height) * 20 // max(rows.height, 1)
    return rows["__time"].dt.epoch("d").to_numpy()


def _daily_sd(losses: Floats, days: Days) -> float:
    _, inverse = np.unique(days, return_inverse=True)
    means = np.bincount(inverse, losses) / np.bincount(inverse)
    return float(means.std(ddof=1)) if len(means) > 1 else 0.0
