"""Start a race: take the newest rows into a dataset version, and plan one run per window."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from tenure.core import digests, studies
from tenure.core.datasets import DatasetVersion, Segment
from tenure.core.deployments import CHAMPION
from tenure.core.errors import Kind, TenureError
from tenure.core.events import Event, Facts
from tenure.core.jobs import Job
from tenure.core.lifecycle import step
from tenure.core.loop import FINDING, REQUEST, UPLOAD
from tenure.core.models import Model
from tenure.core.recipes import CODE, ELSEWHERE
from tenure.core.retraining import Bounds, may_race, split
from tenure.core.spec.durations import ALL, change_of, window_since
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Lane, Spec
from tenure.core.studies import Run, RunState, Study, StudyState
from tenure.ports.work import UnitOfWork
from tenure.services import quotas
from tenure.services.dataset_rows import as_segment, instants, learnt, rows_of
from tenure.services.datasets import record_commit, version_with
from tenure.services.diagnose import worse_since
from tenure.services.failpoints import failpoint
from tenure.services.findings import find_open
from tenure.services.house import House
from tenure.services.judge import champion_of, judged_by
from tenure.services.race import lane_of
from tenure.services.record import LOOP, record
from tenure.services.signature import newest_dataset

CLOSED = "the finding has closed meanwhile"
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The dataset a race works on: the newest version, and the rows learnt since, if any."""

    model: Model
    spec: Spec
    lane: Lane
    base: DatasetVersion
    fresh: Segment | None


def start(house: House, job: Job) -> None:
    """Begin the race of the job, unless a brake or too few rows forbid it."""
    at = datetime.fromisoformat(str(job.payload["at"]))
    study_id = studies.study_id(job.tenant_id, job.key)
    with house.store.read() as work:
        model = work.models.get(job.tenant_id, str(job.payload["model_id"]))
        done = work.studies.find(job.tenant_id, study_id) is not None
        spec = from_dict(model.spec)
        lane = lane_of(spec, str(job.payload["lane"]))
        champion = judged_by(work, model, str(job.payload["lane"]))
        brake = "" if done or lane is None else _brake(work, model, lane, job, at)
        if lane is not None and not (done or brake or _is_upload(job)):
            brake = quotas.training_brake(work, model.tenant_id, house.clock.now())
        if _is_overtaken(str(job.payload["cause"]), champion):
            brake = CLOSED
        since = _since(work, model, str(job.payload["cause"]), at)
    if done or lane is None or brake == CLOSED:  # a lane may have been taken out of the spec
        with house.store.work() as work:
            work.jobs.finish(job)
        return
    if brake:
        _skip(house, job, model, spec, brake)
        return
    snapshot = _snapshot(house, model, spec, lane, at)
    failpoint("study.after_blobs")
    planned = Study(
        id=study_id,
        tenant_id=job.tenant_id,
        model_id=model.id,
        lane=lane.name,
        state=StudyState.TRAINING,
        cause=str(job.payload["cause"]),
        at=at,
        since=since,
    )
    runs, reason = _runs(house, snapshot, planned, champion)
    if _is_upload(job):
        runs = tuple(_handed_in(run, job) for run in runs)
    with house.store.work() as work:
        _begin(house, work, snapshot, planned, runs, reason)
        work.jobs.finish(job)
        failpoint("study.before_commit")
    failpoint("study.after_commit")


def _is_upload(job: Job) -> bool:
    return str(job.payload["cause"]).startswith(UPLOAD)


def _brake(work: UnitOfWork, model: Model, lane: Lane, job: Job, at: datetime) -> str:
    cause = str(job.payload["cause"])
    if cause.startswith((UPLOAD, REQUEST)):  # the brakes are for what nobody attends to
        return ""
    if cause == "onboarding":
        live = champion_of(work, model, lane.name)
        return "" if live is None else f"version {live} is live already"
    if cause.startswith(FINDING):
        finding = work.findings.find(model.tenant_id, cause.removeprefix(FINDING))
        if finding is None or finding.closed_at is not None:
            return CLOSED
    quality = from_dict(model.spec).monitor.quality
    if quality is not None and quality.blocks_training:
        amiss = find_open(work, model, "quality")
        if amiss is not None:
            return f"finding {amiss.id} of quality is open: what came is not fit to train on"
    studies = work.studies.list(model.tenant_id, model_id=model.id, lane=lane.name, limit=10_000)
    races = [study.at for study in studies]
    promoted = [study.at for study in studies if study.state is StudyState.PROMOTED]
    return may_race(lane.retrain, at, races, promoted).reason


def _is_overtaken(cause: str, champion: Run | None) -> bool:
    """Return whether the race waited for rows since a change, and another window serves by now."""
    return change_of(cause) is not None and (champion is None or champion.window != cause)


def _since(work: UnitOfWork, model: Model, cause: str, at: datetime) -> datetime | None:
    """Return the day from which it is worse, where an accuracy finding asked for the race."""
    if (change := change_of(cause)) is not None:
        return change
    if not cause.startswith(FINDING):
        return None
    finding = work.findings.find(model.tenant_id, cause.removeprefix(FINDING))
    return None if finding is None else worse_since(work, model, finding, at)


def _skip(house: House, job: Job, model: Model, spec: Spec, reason: str) -> None:
    at = datetime.fromisoformat(str(job.payload["at"]))
    with house.store.work() as work:
        facts: Facts = {
            "lane": job.payload["lane"],
            "cause": job.payload["cause"],
            "reason": reason,
        }
        event = Event("study.skipped", model.tenant_id, model.id, job.key, at, facts)
        record(house, work, event, spec=spec)
        work.jobs.finish(job)
        failpoint("study.before_skip")
    failpoint("study.after_skip")


def _snapshot(house: House, model: Model, spec: Spec, lane: Lane, at: datetime) -> Snapshot:
    """Read what the log has learnt since the newest dataset version; store it as a segment."""
    with house.store.read() as work:
        base = newest_dataset(work, model)
        if base is None:
            raise ValueError(model.path)
        fresh = (
            learnt(house, work, model, base.signature, base.known_until, at)
            if base.known_until < at
            else pl.DataFrame()
        )
    segment = None if fresh.is_empty() else as_segment(house, fresh)
    return Snapshot(model, spec, lane, base, segment)


def _dataset(snapshot: Snapshot, at: datetime) -> DatasetVersion:
    if snapshot.fresh is None:
        return snapshot.base
    return version_with(snapshot.base, snapshot.fresh, at)


def _runs(
    house: House, snapshot: Snapshot, study: Study, champion: Run | None
) -> tuple[tuple[Run, ...], str]:
    """Return the runs of the race, or none and the reason why it cannot be run."""
    dataset = _dataset(snapshot, study.at)
    table = rows_of(house, dataset)
    last_known = table["__known_at"].max()
    until = study.at
    if isinstance(last_known, datetime) and (
        study.cause == "onboarding" or study.cause.startswith(UPLOAD)
    ):
        until = min(until, last_known + INSTANT)  # what is imported may end long before today
    found = split(
        instants(table["__time"]),
        instants(table["__known_at"]),
        _windows(snapshot, study, champion),
        until=until,
        holdout=snapshot.lane.gate.holdout,
        champion_until=champion.train_until if champion else None,
        since=study.since,
    )
    runs = (_run(snapshot, study, dataset, bounds) for bounds in found.runs)
    return tuple(replace(run, held_out=found.holdout_rows) for run in runs), found.reason


def _windows(snapshot: Snapshot, study: Study, champion: Run | None) -> tuple[str, ...]:
    """Return the windows that race: the spec's, and since the changes that are known of."""
    if study.cause.startswith(UPLOAD):
        return (ALL,)
    changes = {window_since(study.since)} if study.since else set[str]()
    if champion is not None and change_of(champion.window):
        changes.add(champion.window)
    return (*snapshot.lane.train.windows, *sorted(changes))


def _run(snapshot: Snapshot, study: Study, dataset: DatasetVersion, bounds: Bounds) -> Run:
    train = snapshot.lane.train
    code = train.code
    return Run(
        id=digests.short("rn", study.id, bounds.window),
        tenant_id=study.tenant_id,
        model_id=study.model_id,
        study_id=study.id,
        state=RunState.PLANNED,
        dataset_id=dataset.id,
        recipe=CODE if code else train.recipe,
        entry=code.entry if code else "",
        code_digest=code.package if code else "",
        params=train.params,
        seed=train.seed,
        window=bounds.window,
        train_from=bounds.train_from,
        train_until=bounds.train_until,
        holdout_from=bounds.holdout_from,
        holdout_until=bounds.holdout_until,
    )


def _handed_in(run: Run, job: Job) -> Run:
    """Return the run of a file from elsewhere: nothing is trained, the file is opened."""
    told: dict[str, object] = {
        name: job.payload[name] for name in ("file", "name", "format", "trained_until", "by")
    }
    return replace(run, recipe=ELSEWHERE, params=told, window=ELSEWHERE)


def _begin(  # one race, all its parts
    house: House,
    work: UnitOfWork,
    snapshot: Snapshot,
    planned: Study,
    runs: tuple[Run, ...],
    reason: str,
) -> None:
    """Commit the dataset version, the study and its runs; or the refusal."""
    tenant_id, model = (
        planned.tenant_id,
        work.models.get(planned.tenant_id, planned.model_id, lock=True),
    )
    dataset = _dataset(snapshot, planned.at)
    newest = newest_dataset(work, model)
    if newest is not None and newest.id not in {snapshot.base.id, dataset.id}:
        raise TenureError(
            Kind.UNAVAILABLE,
            "study.overtaken",
            f"{model.path} got dataset version {newest.number} meanwhile; the race begins again",
        )
    if dataset is not snapshot.base and work.datasets.find(tenant_id, dataset.id) is None:
        work.datasets.add(tenant_id, dataset)
        record_commit(house, work, LOOP, dataset, "race")
    if planned.cause == "onboarding":
        _end_others(house, work, planned)
    study = replace(
        planned,
        dataset_id=dataset.id,
        runs=tuple(run.id for run in runs),
        champion=champion_of(work, model, planned.lane),
        state=StudyState.TRAINING if runs else StudyState.REFUSED,
        reason=reason,
    )
    work.studies.add(tenant_id, study)
    for run in runs:
        work.runs.add(tenant_id, run)
    facts: Facts = {"lane": study.lane, "cause": study.cause, "dataset": dataset.id}
    if study.since is not None:
        facts |= {"since": study.since.isoformat()}
    if runs:
        started: Facts = facts | {"runs": ",".join(study.runs), "tunes": _tunes(snapshot, study)}
        event = Event("study.started", tenant_id, model.id, study.id, planned.at, started)
    else:
        ended: Facts = facts | {"outcome": study.state.value, "version": None, "reason": reason}
        event = Event("study.ended", tenant_id, model.id, study.id, planned.at, ended)
    record(house, work, event, spec=snapshot.spec)


def _tunes(snapshot: Snapshot, study: Study) -> bool:
    """Return whether parameters are tried before the windows race."""
    tuned = study.lane == CHAMPION and snapshot.spec.tune is not None
    return tuned and not study.cause.startswith(UPLOAD)


def _end_others(house: House, work: UnitOfWork, begins: Study) -> None:
    """End the first races that still train: they know nothing of the newer rows, or newer spec."""
    training = work.studies.list(
        begins.tenant_id, model_id=begins.model_id, lane=begins.lane, state=StudyState.TRAINING
    )
    for study in training:
        reason = "overtaken: the spec or the rows have changed, and another race begins"
        state = step(step(study.state, StudyState.JUDGING), StudyState.REFUSED)
        work.studies.save(study.tenant_id, replace(study, state=state, reason=reason))
        facts: Facts = {"lane": study.lane, "cause": study.cause, "outcome": state.value}
        facts |= {"version": None, "reason": reason}
        event = Event("study.ended", study.tenant_id, study.model_id, study.id, begins.at, facts)
        record(house, work, event)
