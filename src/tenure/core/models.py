"""A model: a named purpose of one tenant. Versions come and go; the model stays."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ModelState(StrEnum):
    """The life of a model; a decommissioned one leaves its tombstone."""

    PROPOSED = "proposed"
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    DECOMMISSIONING = "decommissioning"
    DECOMMISSIONED = "decommissioned"


GONE = frozenset({ModelState.DECOMMISSIONING, ModelState.DECOMMISSIONED})
"""The states of a model that answers no more."""


class Mode(StrEnum):
    """How the model is used."""

    ONLINE = "online"  # answers requests
    BATCH = "batch"  # scores tables
    EXTERNAL = "external"  # served elsewhere; logged, judged and governed here


class Task(StrEnum):
    """What the model predicts."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


@dataclass(frozen=True, slots=True)
class Model:
    """One model of one tenant. `id` is the name within the tenant: `arrival-delay`."""

    id: str
    tenant_id: str
    state: ModelState
    spec_digest: str
    created_at: datetime
    spec: dict[str, object]  # canonical form of the spec in force, as `spec.to_dict` gives it
    deprecated_at: datetime | None = None  # wall time, as are the dates that clients are told
    sunset: datetime | None = None  # when it will answer no more
    successor: str = ""  # the model of the same tenant that clients should ask instead
    declared_by: str = ""  # the person who applied the spec in force

    @property
    def path(self) -> str:
        """What people write: `DL/arrival-delay`."""
        return f"{self.tenant_id}/{self.id}"
