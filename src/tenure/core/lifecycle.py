"""Which state may follow which. One table per noun, and one function that consults it."""

from enum import StrEnum
from typing import TypeVar

from tenure.core.deployments import DeploymentState as D
from tenure.core.errors import conflict
from tenure.core.models import ModelState as M
from tenure.core.studies import RunState as R
from tenure.core.studies import StudyState as S
from tenure.core.versions import Assurance as V

State = TypeVar("State", bound=StrEnum)

MODEL: dict[M, frozenset[M]] = {
    M.PROPOSED: frozenset({M.ONBOARDING, M.DECOMMISSIONED}),
    M.ONBOARDING: frozenset({M.ACTIVE, M.DECOMMISSIONING}),
    M.ACTIVE: frozenset({M.DEPRECATED, M.DECOMMISSIONING}),
    M.DEPRECATED: frozenset({M.ACTIVE, M.DECOMMISSIONING}),
    M.DECOMMISSIONING: frozenset({M.DECOMMISSIONED}),
    M.DECOMMISSIONED: frozenset(),
}
VERSION: dict[V, frozenset[V]] = {
    V.DRAFT: frozenset({V.CANDIDATE, V.REJECTED}),
    V.CANDIDATE: frozenset({V.VALIDATING, V.REJECTED}),
    V.VALIDATING: frozenset({V.APPROVED, V.REJECTED}),
    V.APPROVED: frozenset({V.SUSPENDED, V.REVOKED, V.ARCHIVED}),
    V.SUSPENDED: frozenset({V.APPROVED, V.REVOKED}),
    V.REJECTED: frozenset({V.ARCHIVED}),
    V.REVOKED: frozenset({V.ARCHIVED}),
    V.ARCHIVED: frozenset({V.DISPOSED}),
    V.DISPOSED: frozenset(),
}
DEPLOYMENT: dict[D, frozenset[D]] = {
    D.PLANNED: frozenset({D.SHADOW, D.CANARY, D.LIVE, D.STOPPED, D.ROLLED_BACK}),
    D.SHADOW: frozenset({D.CANARY, D.LIVE, D.DRAINING, D.STOPPED, D.ROLLED_BACK}),
    D.CANARY: frozenset({D.LIVE, D.ROLLED_BACK, D.DRAINING}),
    D.LIVE: frozenset({D.DRAINING, D.ROLLED_BACK}),
    D.DRAINING: frozenset({D.STOPPED, D.LIVE}),  # back to live: a rollback to the warm version
    D.STOPPED: frozenset(),
    D.ROLLED_BACK: frozenset(),
}
STUDY: dict[S, frozenset[S]] = {
    S.PLANNED: frozenset({S.TRAINING, S.REFUSED, S.FAILED}),
    S.TRAINING: frozenset({S.JUDGING, S.FAILED}),
    S.JUDGING: frozenset({S.PROMOTED, S.REFUSED, S.WAITING, S.FAILED}),
    S.WAITING: frozenset({S.JUDGING, S.REFUSED}),
    S.PROMOTED: frozenset(),
    S.REFUSED: frozenset(),
    S.FAILED: frozenset(),
}
RUN: dict[R, frozenset[R]] = {
    R.PLANNED: frozenset({R.RUNNING, R.FAILED, R.CANCELLED}),
    R.RUNNING: frozenset({R.SUCCEEDED, R.FAILED, R.CANCELLED}),
    R.SUCCEEDED: frozenset(),
    R.FAILED: frozenset(),
    R.CANCELLED: frozenset(),
}

_TABLES: dict[type[StrEnum], tuple[str, dict[StrEnum, frozenset[StrEnum]]]] = {
    M: ("model", MODEL),  # type: ignore[dict-item]  # StrEnum keys: mypy has no covariant dict
    V: ("version", VERSION),  # type: ignore[dict-item]  # as above
    D: ("deployment", DEPLOYMENT),  # type: ignore[dict-item]  # as above
    S: ("study", STUDY),  # type: ignore[dict-item]  # as above
    R: ("run", RUN),  # type: ignore[dict-item]  # as above
}


def step(current: State, target: State) -> State:
    """Return `target` when it may follow `current`; raise `<noun>.bad_transition` otherwise."""
    noun, table = _TABLES[type(current)]
    if target not in table[current]:
        allowed = ", ".join(sorted(table[current])) or "nothing: this is the end"
        raise conflict(
            f"{noun}.bad_transition",
            f"a {noun} that is {current} cannot become {target}",
            hint=f"after {current} may come: {allowed}",
        )
    return target
