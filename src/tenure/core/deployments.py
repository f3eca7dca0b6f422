"""A deployment: a version in a role on a model's endpoint in an environment.

At most one deployment per lane of an endpoint is in force. The lane `champion` answers (role
live); every other lane answers in the shadow and is only logged. Beside the live one the
champion's lane may hold a candidate: it answers in the shadow, then a share of the requests
(role canary), until it is live or gone (`core/rollout.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CHAMPION = "champion"
"""The lane that answers; in the log: what the live version answered to a client."""

CANARY, CANDIDATE, INCUMBENT, PINNED = "canary", "candidate", "incumbent", "pinned"
"""What the log calls the other answers around the champion's lane: the candidate's to a client, the
candidate's in the shadow, the live version's in the shadow of the canary, and those of a version
that was asked for by URL."""

ANSWERED = (CHAMPION, CANARY)
"""The lanes of the log that hold what clients were answered by the endpoint."""

RESERVED = (CHAMPION, CANARY, CANDIDATE, INCUMBENT, PINNED)
"""No challenger may be called so."""


ABORT, PROMOTE = "abort", "promote"
"""What becomes of a canary that is neither safe nor unsafe when its time is over."""

SAFE, STOPPED = "safe", "stopped"
"""How long a canary lasts: until the evidence has spoken, or until a person has (an experiment)."""


class DeploymentState(StrEnum):
    """Where a deployment stands."""

    PLANNED = "planned"
    SHADOW = "shadow"
    CANARY = "canary"
    LIVE = "live"
    DRAINING = "draining"
    STOPPED = "stopped"
    ROLLED_BACK = "rolled_back"


IN_FORCE = frozenset({DeploymentState.SHADOW, DeploymentState.CANARY, DeploymentState.LIVE})
_SERVES = IN_FORCE | {DeploymentState.PLANNED}


@dataclass(frozen=True, slots=True)
class Rollout:
    """How one deployment is tried. `shares` begins with 0 for the shadow; kept with the deployment.

    `margin` is the mean row loss that does not matter, `reach` the most that a row's difference
    counts for, both in the unit of the metric's row loss.
    """

    shares: tuple[float, ...]
    until: str = SAFE
    shadow_rows: int = 0
    at_most: timedelta | None = None
    otherwise: str = ABORT
    margin: float = 0.0
    reach: float = 1.0
    confidence: float = 0.95
    errors: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment. Times are business times; `generation` is the release that carries it.

    A deployment with a `rollout` is a candidate until it is live: `share` is what it answers of
    the lane's requests, `stage` counts the rollout's shares, `stage_at` is when that one began and
    `canary_at` when clients got its first answer.
    """

    id: str  # derived: model, lane, version, cause
    tenant_id: str
    model_id: str
    environment: str
    lane: str
    version: int
    state: DeploymentState
    cause: str
    planned_at: datetime
    generation: int | None = None
    live_at: datetime | None = None
    stopped_at: datetime | None = None
    rollout: Rollout | None = None
    share: float = 0.0
    stage: int = 0
    stage_at: datetime | None = None
    canary_at: datetime | None = None
    bound_for: DeploymentState | None = None  # decided, and not yet acknowledged by serving
    reason: str = ""  # why it moved last, in words
    by: str = ""  # the key that asked for it; "" = the loop

    @property
    def is_candidate(self) -> bool:
        """Whether it stands beside the live version, and is being tried."""
        trying = {DeploymentState.PLANNED, DeploymentState.SHADOW, DeploymentState.CANARY}
        return self.rollout is not None and self.state in trying

    @property
    def was_only_tried(self) -> bool:
        """Whether it has never been live; a straight deployment that failed was meant to be."""
        return self.rollout is not None and self.live_at is None

    @property
    def is_in_force(self) -> bool:
        """Whether it is its lane's one deployment in force; a candidate is not."""
        return self.state in IN_FORCE and not self.is_candidate


def in_force(deployments: Iterable[Deployment], lane: str) -> Deployment | None:
    """Return the deployment that a lane stands by: the live one, or a challenger's shadow."""
    return next((one for one in deployments if one.lane == lane and one.is_in_force), None)


def to_go_back_to(deployments: Iterable[Deployment], lane: str) -> tuple[int, ...]:
    """Return the versions that were in force in a lane before, the newest first.

    What is in force now, and what somebody went back from, is not among them; a version that was
    live before, tried again and taken back is.
    """
    known = sorted(
        (one for one in deployments if one.lane == lane),
        key=lambda one: (one.live_at or one.planned_at, one.id),
    )
    left = {
        one.version
        for one in known
        if one.is_in_force or (one.state is DeploymentState.ROLLED_BACK and not one.was_only_tried)
    }
    served = [
        one.version
        for one in reversed(known)
        if one.state is DeploymentState.STOPPED and one.live_at is not None
    ]
    return tuple(dict.fromkeys(version for version in served if version not in left))


def candidate(deployments: Iterable[Deployment]) -> Deployment | None:
    """Return the newest deployment that is tried beside the live one."""
    tried = [one for one in deployments if one.lane == CHAMPION and one.is_candidate]
    return max(tried, key=lambda one: (one.planned_at, one.id), default=None)


def serving(deployments: Iterable[Deployment]) -> dict[str, Deployment]:
    """Return who serves, by lane; the candidate under `CANDIDATE`.

    A planned deployment takes over from the one in force: it is published before it is in force.
    """
    known = sorted(deployments, key=lambda one: (one.planned_at, one.id))
    found: dict[str, Deployment] = {}
    for one in known:
        seen = found.get(one.lane)
        overtaken = seen is not None and seen.state is DeploymentState.PLANNED
        planned = one.state is DeploymentState.PLANNED
        if one.state in _SERVES and not one.is_candidate and (planned or not overtaken):
            found[one.lane] = one
    if CHAMPION in found and (tried := candidate(known)) is not None:
        found[CANDIDATE] = tried
    return found
