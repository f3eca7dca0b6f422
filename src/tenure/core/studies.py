"""Studies and runs: one race of training windows, and the single trainings in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenure.core import digests
from tenure.core.reproduction import Reproduction, Surroundings
from tenure.core.told import Param


class RunState(StrEnum):
    """The life of a training."""

    PLANNED = "planned"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"  # by a person


ENDED = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})


class StudyState(StrEnum):
    """The life of a race."""

    PLANNED = "planned"
    TRAINING = "training"
    JUDGING = "judging"
    PROMOTED = "promoted"
    REFUSED = "refused"
    WAITING = "waiting"  # for an approval
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Kept:
    """One file that a training kept beside its run."""

    digest: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Logged:
    """What a training told: parameters that it chose, and blobs of the rest.

    `points` is Parquet (metric, step, value), `log` the end of what it printed; "" for nothing.
    """

    params: dict[str, Param]
    artifacts: dict[str, Kept]
    points: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One training. It pins everything that is needed to do it again."""

    id: str  # derived from study and window
    tenant_id: str
    model_id: str
    study_id: str
    state: RunState
    dataset_id: str
    recipe: str
    params: dict[str, object]
    seed: int
    window: str  # as in the spec: "60d", "all"
    train_from: datetime | None
    train_until: datetime  # rows whose label was known before this instant
    holdout_from: datetime
    holdout_until: datetime
    code_digest: str = ""
    lock_digest: str = ""
    runtime: str = ""
    files: dict[str, str] | None = None  # name → blob digest of what the training left
    holdout_outputs: str = ""  # blob: its outputs on the holdout rows, JSON, row-major
    metrics: dict[str, float] | None = None
    rows: int = 0
    cpu_seconds: float = 0.0  # of one that failed: how long it ran
    error: str = ""
    held_out: int = 0  # newest rows that are judged on, where rows carry no time
    entry: str = ""  # of training code: "package:function"; code_digest names its package
    bytes: int = 0  # of its files and outputs
    required: tuple[str, ...] = ()  # features that the version cannot do without
    proofs: dict[str, dict[str, float | int | str | None]] | None = (
        None  # facts by kind of evidence
    )
    loss: float | None = None  # mean of the spec's metric on the rows that judged it
    logged: Logged | None = None
    surroundings: Surroundings | None = None  # of a training of ours
    reproduced: Reproduction | None = None  # the newest


@dataclass(frozen=True, slots=True)
class Study:
    """One race: several windows train, are judged on the same holdout, and one may win.

    `lane` is `champion`, or the name of a challenger lane of the spec.
    """

    id: str
    tenant_id: str
    model_id: str
    lane: str
    state: StudyState
    cause: str  # onboarding | schedule | finding:<id> | since:<day> | upload:<id>
    at: datetime  # business time of the race
    dataset_id: str = ""
    runs: tuple[str, ...] = ()
    decision_id: str = ""
    version: int | None = None  # the best candidate's version number
    champion: int | None = None  # the version it had to beat
    best_minus_champion: float | None = None  # mean loss difference on the holdout
    reason: str = ""
    since: datetime | None = None  # the day from which the finding's version is worse


def study_id(tenant_id: str, job_key: str) -> str:
    """Return the id of the study that a job begins."""
    return digests.short("st", tenant_id, job_key)
