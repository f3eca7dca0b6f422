"""The ring, closed here and nowhere else: an event and the spec in, the next jobs out.

monitor → finding → study → runs → judge → decision → deployment → monitor. The map is pure and is
applied in the unit of work that records the event, so nothing happens without its consequence.
"""

from dataclasses import replace
from datetime import datetime

from tenure.core.calendar import DAY, next_instant, next_look
from tenure.core.deployments import CHAMPION
from tenure.core.events import Event
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.models import Mode
from tenure.core.recipes import ELSEWHERE
from tenure.core.spec.durations import change_of, window_since
from tenure.core.spec.values import Lane, Spec

FINDING = "finding:"
"""How the cause of a race begins that was asked for by a finding; the finding's id follows."""
REQUEST = "request:"
"""How the cause of a race begins that a person asked for; the request's id follows."""
DATA = "data"
"""What `[retrain] on` calls new rows of a live model; the dataset version's id follows in the cause."""
UPLOAD = "upload:"
"""How the cause of a race begins that judges a file from elsewhere; the upload's id follows."""


def next_jobs(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    """Return the jobs that follow from the event under the spec, in order."""
    follow = _FOLLOWERS.get(event.kind)
    return follow(event, spec) if follow else ()


def _after_dataset(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    cause = event.facts["cause"]
    if cause == "onboarding" and spec.model.mode is Mode.EXTERNAL:
        return _wake(event, spec)
    if cause == "onboarding" and spec.train.recipe != ELSEWHERE:
        return (_onboarding(event),)
    if cause == "refresh" and DATA in spec.retrain.on:
        return (_apart(event, CHAMPION, f"{DATA}:{event.subject}"),)
    return ()


def _after_request(event: Event, _: Spec) -> tuple[NewJob, ...]:
    """Race as asked for; a model that serves nothing yet goes through its onboarding again."""
    if not event.facts["live"]:
        return (_onboarding(event),)
    return (_apart(event, str(event.facts["lane"]), f"{REQUEST}{event.subject}"),)


def _after_upload(event: Event, _: Spec) -> tuple[NewJob, ...]:
    """Judge the file."""
    job = _apart(event, CHAMPION, f"{UPLOAD}{event.subject}")
    told = {name: event.facts[name] for name in ("file", "name", "format", "trained_until", "by")}
    payload = job.payload | {name: str(value or "") for name, value in told.items()}
    return (replace(job, payload=payload),)


def _after_declaration(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    if spec.retire.keep_predictions is None:
        return ()
    return (_job(event, JobKind.FORGET, f"forget:{event.at.isoformat()}", {}),)


def _after_study_started(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    """Try parameters first, where the spec says so; else train the windows."""
    if event.facts.get("tunes"):
        return (_trial(event, event.subject, 1),)
    return _after_tuning(event, spec)


def _after_trial(event: Event, _: Spec) -> tuple[NewJob, ...]:
    """Do the next one; the last is followed by `study.tuned`."""
    if event.facts["next"] is None:
        return ()
    return (_trial(event, str(event.facts["study_id"]), int(str(event.facts["next"]))),)


def _trial(event: Event, study_id: str, number: int) -> NewJob:
    return _job(event, JobKind.TUNE, f"tune:{study_id}:{number}", {"study_id": study_id})


def _after_tuning(event: Event, _: Spec) -> tuple[NewJob, ...]:
    runs = str(event.facts["runs"]).split(",")
    return tuple(_job(event, JobKind.TRAIN, f"train:{run}", {"run_id": run}) for run in runs)


def _after_run(event: Event, _: Spec) -> tuple[NewJob, ...]:
    if event.facts["remaining"]:
        return ()
    study_id = str(event.facts["study_id"])
    return (_job(event, JobKind.JUDGE, f"judge:{study_id}", {"study_id": study_id}),)


def _after_approval(event: Event, _: Spec) -> tuple[NewJob, ...]:
    study_id = str(event.facts["study_id"])
    key = f"judge:{study_id}:{event.subject}"
    return (_job(event, JobKind.JUDGE, key, {"study_id": study_id}),)


def _after_study_ended(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    if event.facts["outcome"] != "promoted":
        return _try_again(event, spec)
    lanes = [str(event.facts["lane"])]
    if event.facts["cause"] == "onboarding":
        lanes += [lane.name for lane in spec.challengers]
    version = int(str(event.facts["version"]))
    deployed = (deploy(event, lane, version, event.subject) for lane in lanes)
    return (*deployed, *_when_doubled(event, spec))


def _when_doubled(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    """Race once more when twice as much is known since the change that a race answered.

    What took over has learnt from few rows. The study looks whether it still serves.
    """
    since = event.facts.get("since")
    if not since:
        return ()
    changed = datetime.fromisoformat(str(since))
    later = replace(event, at=event.at + max(event.at - changed, spec.retrain.cool_down, DAY))
    return (study(later, CHAMPION, window_since(changed)),)


def _try_again(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    """Race again for a finding that no race has mended, once half of the holdout is new.

    While what is worse is younger than a holdout, half of that: soon at first, then ever more seldom. The
    study looks whether the finding is still open when its time comes.
    """
    cause = str(event.facts["cause"])
    if (change := change_of(cause)) is not None:
        return _when_doubled(replace(event, facts={"since": change.isoformat()}), spec)
    asked_for = any(FINDING in on for on in spec.retrain.on) and cause.startswith(FINDING)
    if not asked_for or event.facts.get("outcome") == "waiting":
        return ()
    fresh = spec.gate.holdout
    if since := event.facts.get("since"):
        fresh = min(fresh, event.at - datetime.fromisoformat(str(since)))
    wait = max(spec.retrain.cool_down, fresh / 2, DAY)
    later = replace(event, at=event.at + wait)
    return (study(later, CHAMPION, cause),)


def _after_deployment(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    """Wake the schedules and the monitor at the first live deployment; look after what is tried."""
    if event.facts.get("first"):
        return _wake(event, spec)
    stage = event.facts.get("stage")
    return () if stage is None else (look(event, int(str(stage)), event.at),)


def _wake(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    jobs = [
        _schedule(event, lane, lane.retrain.schedule)
        for lane in spec.lanes()
        if lane.retrain.schedule
    ]
    jobs.append(_job(event, JobKind.OBSERVE, "observe:first", {}))
    if spec.monitor.slo.is_declared:
        jobs.append(_job(event, JobKind.SLO, f"slo:{event.at.isoformat()}", {}))
    if spec.monitor.estimate:
        jobs.append(_job(event, JobKind.FORESEE, f"foresee:{event.at.isoformat()}", {}))
    if not isinstance(spec.labels.source, str):
        key = f"poll_labels:{event.at.isoformat()}"
        jobs.append(_job(event, JobKind.POLL_LABELS, key, {}))
    return tuple(jobs)


def _after_change(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    """Wake new schedules and give new lanes the live version; before there is one, race again."""
    forget = _after_declaration(event, spec)
    if spec.model.mode is Mode.EXTERNAL:
        return (*forget, *_wake(event, spec))
    if event.facts["live"] is None:
        trains = spec.train.recipe != ELSEWHERE
        return (*forget, _onboarding(event)) if trains and event.facts["dataset"] else forget
    live, lanes = int(str(event.facts["live"])), str(event.facts["new_lanes"])
    cause = f"spec:{event.at.isoformat()}"
    return (
        *forget,
        *(deploy(event, lane, live, cause) for lane in lanes.split(",") if lane),
        *_wake(event, spec),
    )


def _after_schedule(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    lane = spec.lane(str(event.facts["lane"]))
    race = study(event, lane.name, "schedule")
    if lane.retrain.schedule is None:  # taken out of the spec since
        return ()
    return (race, _schedule(event, lane, lane.retrain.schedule))


def _after_finding(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    gathered = _after_finding_closed(event, spec)
    if event.facts["kind"] == "accuracy":
        key = f"diagnose:{event.subject}"
        asked = _job(event, JobKind.DIAGNOSE, key, {"finding_id": event.subject})
        gathered = (asked, *gathered)
    if f"finding:{event.facts['kind']}" not in spec.retrain.on:
        return gathered
    return (study(event, CHAMPION, f"{FINDING}{event.subject}"), *gathered)


def _after_finding_closed(event: Event, _: Spec) -> tuple[NewJob, ...]:
    """Look what becomes of the model's incident; several findings of one instant are one look."""
    return (gather(event),)


def _after_mute(event: Event, _: Spec) -> tuple[NewJob, ...]:
    """Look again when the mute ends by itself."""
    return (gather(event, datetime.fromisoformat(str(event.facts["until"]))),)


def _after_incident(event: Event, spec: Spec) -> tuple[NewJob, ...]:
    """Tell every channel of the spec, unless people have never heard of the incident."""
    if not event.facts["tells"]:
        return ()
    return tuple(_notify(event, channel) for channel in spec.monitor.notify)


def gather(event: Event, due: datetime | None = None) -> NewJob:
    """Return the job that looks at a model's incident at the event's time, or when it is due."""
    at = due or event.at
    key = f"gather:{event.subject}:{event.kind}:{at.isoformat()}"
    return replace(_job(event, JobKind.GATHER, key, {}), due_at=at)


def gather_again(tenant_id: str, model_id: str, incident: str, due: datetime) -> NewJob:
    """Return the job that looks at an open incident later: a mute ends, or it may be over."""
    key = f"{model_id}:gather:{incident}:{due.isoformat()}"
    return NewJob(tenant_id, JobKind.GATHER, key, {"model_id": model_id}, due_at=due)


def diagnose_again(job: Job, due: datetime) -> NewJob:
    """Return the job that looks once more where a finding comes from, with the rows that came since."""
    payload: dict[str, str | int | None] = {**job.payload, "again": 1}
    return NewJob(job.tenant_id, JobKind.DIAGNOSE, f"{job.key}:again", payload, due_at=due)


def _notify(event: Event, channel: str) -> NewJob:
    """Name the message by what it tells, so that each is sent once however often it is asked for."""
    what = event.kind.removeprefix("incident.")
    key = f"notify:{event.subject}:{what}:{event.at.isoformat()}:{channel}"
    payload: dict[str, str | int | None] = {
        "incident": event.subject,
        "what": what,
        "at": event.at.isoformat(),
        "tells": str(event.facts["tells"]),
        "channel": channel,
    }
    return _job(event, JobKind.NOTIFY, key, payload)


def study(event: Event, lane: str, cause: str) -> NewJob:
    """Return the job that starts a race of `lane` at the event's business time."""
    key = f"study:{lane}:{event.at.isoformat()}"
    payload: dict[str, str | int | None] = {
        "lane": lane,
        "cause": cause,
        "at": event.at.isoformat(),
    }
    return _job(event, JobKind.STUDY, key, payload)


def _apart(event: Event, lane: str, cause: str) -> NewJob:
    """Return a race of its own, whatever else is asked for at this instant."""
    return replace(study(event, lane, cause), key=f"{event.model_id}:study:{cause}")


def _onboarding(event: Event) -> NewJob:
    """Return the first race; each new dataset or spec is another attempt, even at one instant."""
    first = study(event, CHAMPION, "onboarding")
    return replace(first, key=f"{first.key}:{event.subject}")


def deploy(event: Event, lane: str, version: int, cause: str) -> NewJob:
    """Return the job that puts a version into a lane."""
    key = f"deploy:{lane}:{version}:{cause}"
    payload: dict[str, str | int | None] = {"lane": lane, "version": version, "cause": cause}
    return _job(event, JobKind.DEPLOY, key, payload)


def look(event: Event, stage: int, since: datetime) -> NewJob:
    """Return the job that looks at a deployment's stage, which began at `since`, the next time."""
    due = next_look(since, event.at)
    key = f"rollout:{event.subject}:{stage}:{due.isoformat()}"
    payload: dict[str, str | int | None] = {"deployment_id": event.subject, "stage": stage}
    return replace(_job(event, JobKind.ROLLOUT, key, payload), due_at=due)


def _schedule(event: Event, lane: Lane, cron: str) -> NewJob:
    """Wake at the lane's next cron instant after the event, if the cron is still in force then."""
    at = next_instant(cron, event.at)
    payload: dict[str, str | int | None] = {"lane": lane.name, "cron": cron, "at": at.isoformat()}
    key = f"schedule:{lane.name}:{cron}:{at.isoformat()}"
    return replace(_job(event, JobKind.SCHEDULE, key, payload), due_at=at)


def _job(event: Event, kind: JobKind, key: str, payload: dict[str, str | int | None]) -> NewJob:
    full = {"model_id": event.model_id, **payload}
    return NewJob(event.tenant_id, kind, f"{event.model_id}:{key}", full, due_at=event.at)


_FOLLOWERS = {
    "model.declared": _after_declaration,
    "dataset.committed": _after_dataset,
    "version.received": _after_upload,
    "study.requested": _after_request,
    "study.started": _after_study_started,
    "trial.ended": _after_trial,
    "study.tuned": _after_tuning,
    "run.ended": _after_run,
    "approval.given": _after_approval,
    "approval.denied": _after_approval,
    "approval.withdrawn": _after_approval,
    "approval.validated": _after_approval,
    "approval.glass_broken": _after_approval,
    "study.ended": _after_study_ended,
    "study.skipped": _try_again,
    "deployment.moved": _after_deployment,
    "model.changed": _after_change,
    "schedule.came": _after_schedule,
    "finding.opened": _after_finding,
    "finding.closed": _after_finding_closed,
    "finding.muted": _after_mute,
    "finding.unmuted": _after_finding_closed,
    "incident.opened": _after_incident,
    "incident.worsened": _after_incident,
    "incident.closed": _after_incident,
}
