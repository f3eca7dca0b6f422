"""The outcome table of one model: what its lanes were worth, computed from the prediction log."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenure.core.deployments import CANARY, CANDIDATE, CHAMPION, INCUMBENT, PINNED
from tenure.core.findings import Finding
from tenure.core.models import Model, Task
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.core.spec.parse import from_dict
from tenure.core.stats import losses
from tenure.core.stats.bootstrap import paired_interval
from tenure.core.stats.metrics import evaluate
from tenure.core.studies import Study, StudyState
from tenure.core.versions import Version
from tenure.ports.training import ScoreTask
from tenure.ports.work import UnitOfWork
from tenure.services.dataset_rows import as_frame
from tenure.services.house import House
from tenure.services.logged import logged_rows
from tenure.services.parquet import parquet
from tenure.services.windows import outputs_and_labels

Report = dict[str, Any]
Floats = NDArray[np.float64]
OURS = "tenure"
"""What the champion's lane is called in the table, beside the challengers' own names."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Log:
    """The labelled answers of a span, and what is needed to judge them."""

    model: Model
    task: Task
    metric: str
    answers: pl.DataFrame  # every answer, with `label` where it is known


def outcome(
    house: House, tenant_id: str, model_id: str, since: datetime, until: datetime
) -> Report:
    """Return the table of one model over predictions made in [since, until)."""
    with house.store.read() as work:
        log = _log(house, work, tenant_id, model_id, since, until)
        studies = _races(work, log.model, since, until)
        versions = {
            study.id: work.versions.get(tenant_id, f"{model_id}/{study.version}")
            for study in studies
            if study.version is not None
        }
        findings = work.findings.list(tenant_id, model_id=model_id, limit=10_000)
        counts = work.outcomes.counts(tenant_id, model_id)
        put_aside = work.quarantine.list(tenant_id, model_id=model_id, limit=10_000)
    paired = _paired(log)
    report: Report = {"tenant": tenant_id, "model": model_id, "metric": log.metric}
    report["lanes"] = {_name(lane): _figures(log, part) for lane, part in paired.items()}
    report["differences"] = _differences(log, paired)
    tried = [_race(house, log, study, versions.get(study.id), studies) for study in studies]
    report["studies"] = tried
    report["retrains"] = {
        "tried": len(tried),
        "promoted": sum(race["outcome"] == "promoted" for race in tried),
        "refused": sum(race["outcome"] != "promoted" for race in tried),
    }
    report["findings"] = [_finding(finding) for finding in findings]
    report["predictions"] = counts["predictions"]
    report["labels"] = counts["labelled"]
    quarantined: Counter[str] = Counter()
    for one in put_aside:
        quarantined[one.reason] += one.rows
    report["quarantined"] = dict(sorted(quarantined.items()))
    report["weekly"] = _means(log, paired, "1w", "week")
    report["daily"] = _means(log, paired, "1d", "day")
    return report | _latency(log)


def _log(  # one span of one model
    house: House,
    work: UnitOfWork,
    tenant_id: str,
    model_id: str,
    since: datetime,
    until: datetime,
) -> Log:
    model = work.models.get(tenant_id, model_id)
    logged = logged_rows(house, work, model, since, until)
    if not logged.is_empty():
        span = (pl.col("time") >= since) & (pl.col("time") < until) & (pl.col("status") == "ok")
        labelled = work.outcomes.labelled(tenant_id, model_id, made_from=since, made_until=until)
        answers = _answers_of_lanes(logged.filter(span))
        logged = answers.join(as_frame(labelled), on=["request_id", "row"], how="left")
    spec = from_dict(model.spec)
    return Log(model, spec.model.task, spec.metric, logged)


def _answers_of_lanes(logged: pl.DataFrame) -> pl.DataFrame:
    """Return what the lanes answered: a canary's answer is the endpoint's, a trial's shadows are not."""
    canary = pl.col("lane") == CANARY
    lane = pl.when(canary).then(pl.lit(CHAMPION)).otherwise(pl.col("lane"))
    aside = pl.col("lane").is_in([CANDIDATE, INCUMBENT, PINNED])
    return logged.filter(~aside).with_columns(lane.alias("lane"))


def _races(work: UnitOfWork, model: Model, since: datetime, until: datetime) -> list[Study]:
    studies = work.studies.list(model.tenant_id, model_id=model.id, lane=CHAMPION, limit=10_000)
    mine = [s for s in studies if since <= s.at < until and s.cause != "onboarding"]
    return sorted(mine, key=lambda study: (study.at, study.id))


def _name(lane: str) -> str:
    return OURS if lane == CHAMPION else lane


def _paired(log: Log) -> dict[str, pl.DataFrame]:
    """Return per lane the labelled answers that every lane gave, in the same order."""
    if log.answers.is_empty():
        return {}
    judged = log.answers.filter(pl.col("label").is_not_null())
    lanes = sorted(judged["lane"].unique().to_list(), key=lambda lane: (lane != CHAMPION, lane))
    everywhere = (
        judged.group_by("request_id", "row").len().filter(pl.col("len") == len(lanes)).drop("len")
    )
    shared = judged.join(everywhere, on=["request_id", "row"], how="semi")
    if shared.is_empty():
        return {}
    order = ["time", "request_id", "row"]
    return {lane: shared.filter(pl.col("lane") == lane).sort(order) for lane in lanes}


def _figures(log: Log, answers: pl.DataFrame) -> Report:
    outputs, labels = outputs_and_labels(answers)
    return {**evaluate(log.task, outputs, labels), "n": answers.height}


def _losses(log: Log, answers: pl.DataFrame) -> Floats:
    outputs, labels = outputs_and_labels(answers)
    return losses.rows(log.metric, log.task, outputs, labels)


def _differences(log: Log, paired: dict[str, pl.DataFrame]) -> Report:
    """Return champion - challenger per challenger lane, day-wise, at 95 %."""
    if CHAMPION not in paired or paired[CHAMPION].is_empty():
        return {}
    ours = _losses(log, paired[CHAMPION])
    days = paired[CHAMPION]["time"].dt.epoch("d").to_numpy().astype(np.int64)
    found = {}
    for lane, answers in paired.items():
        if lane != CHAMPION:
            interval = paired_interval(ours - _losses(log, answers), days, seed=SEED)
            found[lane] = {"mean": interval.mean, "low": interval.low, "high": interval.high}
    return found


def _means(log: Log, paired: dict[str, pl.DataFrame], span: str, name: str) -> list[Report]:
    """Return mean losses by `span` ("1d", "1w") and lane, for plots and for pooling."""
    spans: dict[datetime, Report] = {}
    for lane, answers in paired.items():
        table = answers.select(pl.col("time").dt.truncate(span).alias("at")).with_columns(
            pl.Series("loss", _losses(log, answers))
        )
        for at, mean, rows in table.group_by("at").agg(pl.mean("loss"), pl.len()).iter_rows():
            row = spans.setdefault(at, {name: at.isoformat(), "rows": rows})
            row[_name(lane)] = mean
    return [spans[at] for at in sorted(spans)]


def _race(
    house: House, log: Log, study: Study, version: Version | None, studies: list[Study]
) -> Report:
    race: Report = {
        "id": study.id,
        "at": study.at.isoformat(),
        "cause": study.cause,
        "outcome": study.state.value,
        "version": study.version,
        "champion": study.champion,
        "difference": study.best_minus_champion,
        "reason": study.reason,
    }
    if study.state is StudyState.REFUSED and version is not None:
        race["had_it_been_promoted"] = _counterfactual(house, log, study, version, studies)
    return race


def _counterfactual(
    house: House, log: Log, study: Study, version: Version, studies: list[Study]
) -> Report | None:
    """Return refused - served on the answers until the next race: below zero, it was better."""
    later = [other.at for other in studies if other.at > study.at]
    until = min(later) if later else datetime.max.replace(tzinfo=study.at.tzinfo)
    served = log.answers.filter(
        (pl.col("lane") == CHAMPION)
        & (pl.col("time") >= study.at)
        & (pl.col("time") < until)
        & pl.col("label").is_not_null()
    )
    if served.is_empty():
        return None
    files = {name: house.blobs.get(digest) for name, digest in version.files.items()}
    logged = {f"{FEATURE_PREFIX}{c.name}": c.name for c in version.signature.features}
    features = served.select([name for name in logged if name in served.columns]).rename(
        {name: new for name, new in logged.items() if name in served.columns}
    )
    task = ScoreTask(version.runtime, files, version.signature, parquet(features))
    outputs = np.asarray(house.trainer.score(task), dtype=np.float64)
    labels = served["label"].to_numpy()
    theirs = losses.rows(log.metric, log.task, outputs, labels)
    difference = float((theirs - _losses(log, served)).mean())
    return {"difference": difference, "rows": served.height, "worse": difference > 0}


def _finding(finding: Finding) -> Report:
    return {
        "id": finding.id,
        "kind": finding.kind,
        "opened_at": finding.opened_at.isoformat(),
        "closed_at": finding.closed_at.isoformat() if finding.closed_at else None,
        "text": finding.text,
        "closed_because": finding.closed_because,
    }


def _latency(log: Log) -> Report:
    """Return the latencies inside serving, of whole requests, in milliseconds."""
    if log.answers.is_empty():
        return {"p50_ms": None, "p99_ms": None}
    requests = log.answers.filter(pl.col("lane") == CHAMPION).unique("request_id")["latency_us"]
    p50, p99 = requests.quantile(0.5), requests.quantile(0.99)
    return {
        "p50_ms": p50 / 1000 if p50 is not None else None,
        "p99_ms": p99 / 1000 if p99 is not None else None,
    }
