"""Diagnose: look once where the loss of an accuracy finding comes from, and what changed meanwhile.

The labelled answers since it got worse are held against those that the version gave before, and against
its holdout, which it is expected to be as good as. What is found is kept with the finding.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl

from tenure.core import accuracy, diagnosis
from tenure.core.calendar import DAY
from tenure.core.deployments import ANSWERED, CHAMPION
from tenure.core.diagnosis import Diagnosis, Happened, since_when
from tenure.core.evaluation.slices import Coded
from tenure.core.events import Event, Facts
from tenure.core.excess import Excess, search
from tenure.core.findings import ACCURACY, Finding
from tenure.core.jobs import Job
from tenure.core.loop import diagnose_again
from tenure.core.models import Model
from tenure.core.outcomes import CONTRACT, FEATURE_PREFIX, Window
from tenure.core.shifts import Shift
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.stats import losses
from tenure.ports.work import UnitOfWork
from tenure.services import references
from tenure.services.coding import coder_of
from tenure.services.dataset_rows import TIMES, as_frame
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.logged import logged_parts
from tenure.services.record import business_now, record
from tenure.services.references import LABEL
from tenure.services.signature import signature_of
from tenure.services.windows import outputs_and_labels

MOST_ROWS = 100_000
"""Of each side. More are thinned evenly: a part that matters is seen in fewer."""
_ALL = 1_000_000
LEAST = 100
"""Rows of either side: with fewer, no part of them can be told from chance."""
LOSS = "loss"
_NOTHING = pl.DataFrame(schema={"time": TIMES, LOSS: pl.Float64})


@dataclass(frozen=True, slots=True)
class _Case:
    """A finding and its days: `worse` those that got worse, `calm` those of the version before."""

    model: Model
    spec: Spec
    finding: Finding
    worse: list[Window]
    calm: list[Window]

    @property
    def since(self) -> datetime:
        return self.worse[0].day

    @property
    def until(self) -> datetime:
        return self.worse[-1].day + DAY


def look(house: House, job: Job) -> None:
    """Find out what can be known of an accuracy finding, and keep it with the finding.

    Where no part can be named, a second look a week later has more rows; it is the last one.
    """
    model_id, finding_id = str(job.payload["model_id"]), str(job.payload["finding_id"])
    with house.store.read() as work:
        model = work.models.get(job.tenant_id, model_id)
        finding = work.findings.get(job.tenant_id, finding_id)
        now = business_now(house, work, job.tenant_id, job)
        case = _case(work, model, finding, now)
        found = None if case is None else _diagnosed(house, work, case)
    with house.store.work() as work:
        work.models.get(job.tenant_id, model_id, lock=True)  # as whoever else changes findings
        current = work.findings.get(job.tenant_id, finding_id, lock=True)
        if found is not None:
            work.findings.save(job.tenant_id, replace(current, diagnosis=found))
            facts: Facts = {
                "since": found.since.isoformat(),
                "parts": "; ".join(one.words for one in found.parts),
            }
            subject = (job.tenant_id, model_id, finding_id, now)
            record(house, work, Event("finding.diagnosed", *subject, facts))
        is_named = found is not None and found.parts
        if current.closed_at is None and not is_named and not job.payload.get("again"):
            work.jobs.add([diagnose_again(job, current.opened_at + diagnosis.LOOK_AGAIN)])
        work.jobs.finish(job)
        failpoint("diagnose.before_commit")
    failpoint("diagnose.after_commit")


def worse_since(work: UnitOfWork, model: Model, finding: Finding, now: datetime) -> datetime | None:
    """Return the day from which the version of an accuracy finding is worse, as far as is known by now.

    None for findings of another kind, and while the judged days are not worse than is material.
    """
    case = _case(work, model, finding, now) if finding.kind == ACCURACY else None
    return None if case is None else case.since


def _case(work: UnitOfWork, model: Model, finding: Finding, now: datetime) -> _Case | None:
    """Return the days around a finding that are judged by now; None when they are not worse."""
    spec = from_dict(model.spec)
    until = (finding.closed_at or now) - spec.labels.final_after
    seen = work.windows.list(
        model.tenant_id, model_id=model.id, lane=CHAMPION, day__lt=until, limit=_ALL
    )
    mine = [one for one in seen if one.version == finding.version and one.labelled]
    tolerance = accuracy.material(finding.expected, spec.metric, spec.monitor.tolerance)
    first = since_when(mine, finding.expected, finding.expected + tolerance)
    if first is None:
        return None
    longest = diagnosis.LONGEST
    worse, calm = mine[first:][:longest], mine[:first][-longest:]
    return _Case(model, spec, finding, worse, calm)


def _diagnosed(house: House, work: UnitOfWork, case: _Case) -> Diagnosis:
    now, failed = _answers(house, work, case, case.worse)
    calm, _ = _answers(house, work, case, case.calm)
    before = pl.concat([calm, _held_out(house, work, case)], how="diagonal_relaxed")
    found, why_not = _searched(now, before)
    happened = [*failed, *_deployed(work, case)]
    return Diagnosis(
        since=case.since,
        until=case.until,
        rows=now.height,
        rows_before=before.height,
        now=found.now,
        before=found.before,
        tested=found.tested,
        parts=found.parts,
        drifted=_drifted(work, case),
        happened=tuple(sorted(happened, key=lambda one: (one.at, one.kind, one.words))),
        why_not=why_not,
    )


def _answers(  # some days of one version
    house: House, work: UnitOfWork, case: _Case, days: Sequence[Window]
) -> tuple[pl.DataFrame, list[Happened]]:
    """Return labelled answers with their loss and features, and what was sent and refused."""
    found = [_NOTHING]
    refused: list[Happened] = []
    step = max(1, sum(one.labelled for one in days) // MOST_ROWS)
    for day in (one.day for one in days):
        failed: Counter[str] = Counter()
        answers = 0
        for part in _parts(house, work, case, day):
            answers += part.height
            failed.update(code for code in part["status"].to_list() if code.startswith(CONTRACT))
            mine = part.filter(
                (pl.col("status") == "ok")
                & (pl.col("version") == case.finding.version)
                & pl.col("label").is_not_null()
            )
            found.append(_with_losses(mine.gather_every(step), case, work))
        if failed:
            refused.append(diagnosis.violations(day, failed, answers))
    return pl.concat(found, how="diagonal_relaxed"), refused


def _parts(house: House, work: UnitOfWork, case: _Case, day: datetime) -> Iterator[pl.DataFrame]:
    """Yield what clients were answered on a day, with the truth where it is known."""
    model = case.model
    labelled = work.outcomes.labelled(
        model.tenant_id, model.id, made_from=day, made_until=day + DAY
    )
    labels = as_frame(labelled)
    for part in logged_parts(house, work, model, day, day, columns=None):
        ours = part.filter(pl.col("lane").is_in(ANSWERED))
        yield ours.join(labels, on=["request_id", "row"], how="left", maintain_order="left")


def _with_losses(rows: pl.DataFrame, case: _Case, work: UnitOfWork) -> pl.DataFrame:
    """Return time, loss and features; a loss counts for no more than the monitor lets it count."""
    if rows.is_empty():
        return _NOTHING
    spec, most = case.spec, accuracy.reach(case.finding.expected, case.spec.metric)
    task = signature_of(work, case.model).task
    each = losses.rows(spec.metric, task, *outputs_and_labels(rows))
    features = [name for name in rows.columns if name.startswith(FEATURE_PREFIX)]
    return rows.select("time", pl.Series(LOSS, np.minimum(each, most)), *features)


def _held_out(house: House, work: UnitOfWork, case: _Case) -> pl.DataFrame:
    """Return the same of the rows that the version was judged on; none of one made elsewhere."""
    model = case.model
    version = work.versions.find(model.tenant_id, f"{model.id}/{case.finding.version}")
    if version is None:
        return _NOTHING
    rows = references.held_out(house, version)
    names = list(references.output_names(version.signature))
    rows = rows.filter(pl.col(LABEL).is_not_null()).rename({"__time": "time"})
    output = pl.concat_list(names).alias("output")
    return _with_losses(rows.with_columns(output), case, work)


def _searched(now: pl.DataFrame, before: pl.DataFrame) -> tuple[Excess, str]:
    """Return which parts of the rows the excess comes from, and why they were not looked for."""
    old, new = (
        float(np.mean(one[LOSS].to_numpy())) if one.height else 0.0 for one in (before, now)
    )
    if now.height < LEAST or before.height < LEAST:
        few = f"{now.height:,} labelled rows now and {before.height:,} before, {LEAST} are needed"
        return Excess(old, new), few
    rows = pl.concat([before, now], how="diagonal_relaxed")
    features = [one for one in now.columns if one.startswith(FEATURE_PREFIX)]
    columns = [coded for name in features if (coded := _coded(rows[name])) is not None]
    if not columns:
        return Excess(old, new), "no features were logged"
    is_now = np.arange(rows.height) >= before.height
    days = rows["time"].dt.epoch("d").fill_null(0).to_numpy().astype(np.int64)
    return search(columns, rows[LOSS].to_numpy(), is_now, days), ""


def _coded(values: pl.Series) -> Coded | None:
    """Return a feature's values as a few, under its own name; None where they name nothing."""
    coder = coder_of(values)
    name = values.name.removeprefix(FEATURE_PREFIX)
    return None if coder is None else Coded(name, coder.names, coder.codes(values))


def _drifted(work: UnitOfWork, case: _Case) -> tuple[Shift, ...] | None:
    """Return what had drifted on the newest judged day, the most telling first."""
    model = case.model
    seen = work.drift_days.list(
        model.tenant_id, model_id=model.id, day__gte=case.since, day__lt=case.until
    )
    days = [one for one in seen if one.version == case.finding.version and one.is_judged]
    return tuple(days[-1].ranked()) if days else None


def _deployed(work: UnitOfWork, case: _Case) -> list[Happened]:
    model, begin = case.model, case.since - diagnosis.MARGIN
    found = work.deployments.list(model.tenant_id, model_id=model.id, lane=CHAMPION, limit=_ALL)
    return diagnosis.deployed(found, begin, case.until)
