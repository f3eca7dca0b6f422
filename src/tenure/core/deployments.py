"""A deployment: a version in a role on a model's endpoint in an environment.

At most one deployment per lane of an endpoint is in force. The lane `champion` answers (role
live); every other lane answers in the shadow and is only logged.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CHAMPION = "champion"


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


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment. Times are business times; `generation` is the release that carries it."""

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
