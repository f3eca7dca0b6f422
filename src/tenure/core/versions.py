"""A version of a model: an immutable, content-addressed file tree with its signature."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenure.core import digests
from tenure.core.signatures import Signature

__all__ = ["Assurance", "Signature", "Version", "tree_digest"]


class Assurance(StrEnum):
    """How far a version is trusted."""

    DRAFT = "draft"
    CANDIDATE = "candidate"
    VALIDATING = "validating"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    ARCHIVED = "archived"
    DISPOSED = "disposed"


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `number` counts within the model; `digest` names the file tree for ever.

    A version that was fitted again after it had been judged is the work of `run_id`; what the gate
    has seen, and what later candidates are compared with, is the work of `judged_run_id`.
    """

    tenant_id: str
    model_id: str
    number: int
    digest: str
    state: Assurance
    runtime: str  # which framework adapter loads it: "lightgbm", "linear"
    files: dict[str, str]  # name → blob digest
    signature: Signature
    run_id: str
    study_id: str
    created_at: datetime
    holdout_loss: float | None = None  # mean loss on rows it has not trained on
    holdout_loss_sd: float | None = None  # of the daily means
    train_until: datetime | None = None
    judged_run_id: str = ""  # "" = `run_id`
    reference: str = ""  # object with what its answers are held against; "" until it is released

    @property
    def judged_run(self) -> str:
        """The run whose answers on the holdout were judged."""
        return self.judged_run_id or self.run_id

    @property
    def id(self) -> str:
        """What repositories key by: `arrival-delay/3`."""
        return f"{self.model_id}/{self.number}"


def tree_digest(files: dict[str, str]) -> str:
    """Return the digest of a file tree given name → blob digest."""
    return digests.of_value({"format": 1, "files": dict(sorted(files.items()))})
