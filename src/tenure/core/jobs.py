"""A job: a piece of work in the lease queue.

Machine time rules leases and retries; business time (`due_at`) says when the work is asked for.
A job's `key` is unique among the tenant's jobs, so enqueueing the same work twice is harmless.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands. Parked jobs need a person: `tenure job retry`."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    PARKED = "parked"


class JobKind(StrEnum):
    """Every kind of work there is; `worker/handlers` maps each to one service."""

    STUDY = "study"  # snapshot the data, plan the runs of a race
    TUNE = "tune"  # one trial
    TRAIN = "train"  # one run
    JUDGE = "judge"  # score, decide, register
    DEPLOY = "deploy"  # publish, wait for the acknowledgement
    ROLLOUT = "rollout"  # look at a version that is tried, and move it on
    OBSERVE = "observe"  # close windows, update detectors
    SCHEDULE = "schedule"  # a cron instant of the spec has come
    POLL_LABELS = "poll_labels"  # ask the declared SQL source for labels
    COMPACT = "compact"  # merge a model's small chunks of logged predictions
    FORGET = "forget"  # delete predictions that were kept long enough
    FORESEE = "foresee"  # look whether accuracy is expected to have got worse
    SLO = "slo"  # look whether an error budget is used up too fast
    DIAGNOSE = "diagnose"  # look where an accuracy finding comes from
    GATHER = "gather"  # make findings into incidents, decide what people are told
    NOTIFY = "notify"  # tell one channel of one incident
    REPROFILE = "reprofile"  # compute a model's profiles again from the log
    REPRODUCE = "reproduce"  # train a run again, compare what it answers


STAGES = {
    JobKind.POLL_LABELS: 0,
    JobKind.OBSERVE: 1,
    JobKind.ROLLOUT: 2,
    JobKind.SCHEDULE: 3,
    JobKind.STUDY: 4,
    JobKind.TUNE: 5,
    JobKind.TRAIN: 6,
    JobKind.JUDGE: 7,
    JobKind.DEPLOY: 8,
    JobKind.COMPACT: 9,
    JobKind.FORGET: 10,
    JobKind.FORESEE: 11,
    JobKind.SLO: 12,
    JobKind.DIAGNOSE: 13,
    JobKind.GATHER: 14,  # after everything that could find something at this instant
    JobKind.NOTIFY: 15,
    JobKind.REPROFILE: 16,
    JobKind.REPRODUCE: 17,
}
"""In which order the work of one instant is done in a replay.

A replay is a discrete event simulation: of a tenant's open jobs only the first by (due, stage, key)
runs, and trainings of one instant run side by side. So the story does not depend on who was quicker.
"""


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work that is asked for. `due_at` None means at once."""

    tenant_id: str
    kind: JobKind
    key: str
    payload: dict[str, str | int | None]
    due_at: datetime | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """Work in the queue. `epoch` fences: a result is taken only from the newest lease."""

    id: int
    tenant_id: str
    kind: JobKind
    key: str
    payload: dict[str, str | int | None]
    state: JobState
    due_at: datetime | None
    priority: int
    attempts: int
    epoch: int
    owner: str
    lease_until: datetime | None
    not_before: datetime | None  # machine time, backoff
    error: str = ""
    trace: str = ""  # of the request or the job that asked for it (`core/traces.py`)


MAX_ATTEMPTS = 5
_LONGEST_SECONDS = 60.0
_PATIENCE = {JobKind.NOTIFY: (16, 3600.0)}
"""Who is away for an hour is told later: attempts, and the longest wait between two in seconds."""


def max_attempts(kind: JobKind) -> int:
    """Return after how many failures a job is parked."""
    return _PATIENCE.get(kind, (MAX_ATTEMPTS, _LONGEST_SECONDS))[0]


def backoff_seconds(attempts: int, kind: JobKind | None = None) -> float:
    """Return how long to wait before trying again: 0.5 s doubled each time, to a longest wait.

    That is a minute, and an hour for messages to the world outside.
    """
    longest = _LONGEST_SECONDS if kind not in _PATIENCE else _PATIENCE[kind][1]
    doublings = min(16, max(0, attempts - 1))
    return min(longest, 0.5 * (1 << doublings))
