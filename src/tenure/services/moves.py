"""Moves of deployments, each with its ledger entry and its next jobs, in the caller's transaction."""

from dataclasses import replace
from datetime import datetime

from tenure.core.deployments import IN_FORCE, Deployment, DeploymentState
from tenure.core.events import Event, Facts
from tenure.core.lifecycle import step
from tenure.core.models import Model
from tenure.core.spec.parse import from_dict
from tenure.ports.work import UnitOfWork
from tenure.services.house import House
from tenure.services.record import LOOP, record

_OVER = frozenset({DeploymentState.STOPPED, DeploymentState.ROLLED_BACK})


def of_model(work: UnitOfWork, model: Model) -> list[Deployment]:
    """Return all of a model's deployments, the oldest first."""
    return work.deployments.list(model.tenant_id, model_id=model.id, limit=1_000_000)


def of_lane(work: UnitOfWork, model: Model, lane: str) -> list[Deployment]:
    """Return a lane's deployments, the oldest first."""
    return work.deployments.list(model.tenant_id, model_id=model.id, lane=lane, limit=1_000_000)


def move(  # one transition, all its parts
    house: House,
    work: UnitOfWork,
    deployment: Deployment,
    target: DeploymentState,
    now: datetime,
    facts: Facts,
) -> Deployment:
    """Store the deployment in its next state; raise `deployment.bad_transition`."""
    stopped = now if target in _OVER else deployment.stopped_at
    moved = replace(deployment, state=step(deployment.state, target), stopped_at=stopped)
    work.deployments.save(deployment.tenant_id, moved)
    tell(house, work, "deployment.moved", moved, now, {"state": target.value, **facts})
    return moved


def tell(  # what happened to what, when, and what is to be read of it
    house: House,
    work: UnitOfWork,
    kind: str,
    deployment: Deployment,
    now: datetime,
    facts: Facts,
    actor: str = LOOP,
) -> None:
    """Write the ledger's entry, and ask for what follows."""
    tenant_id, model_id = deployment.tenant_id, deployment.model_id
    spec = from_dict(work.models.get(tenant_id, model_id).spec)
    event = Event(kind, tenant_id, model_id, deployment.id, now, facts)
    record(house, work, event, actor=actor, spec=spec)


def stop(
    house: House, work: UnitOfWork, deployment: Deployment, now: datetime, facts: Facts
) -> None:
    """End what serves or was about to; nothing happens to what is over."""
    if deployment.state in IN_FORCE:
        deployment = move(house, work, deployment, DeploymentState.DRAINING, now, facts)
    if deployment.state in {DeploymentState.DRAINING, DeploymentState.PLANNED}:
        move(house, work, deployment, DeploymentState.STOPPED, now, facts)


def stop_lane(house: House, work: UnitOfWork, model: Model, lane: str, now: datetime) -> None:
    """End what serves in a lane, or was about to: the lane was taken out of the spec."""
    for deployment in of_lane(work, model, lane):
        stop(house, work, deployment, now, {"reason": f"lane {lane} was taken out of the spec"})


def replace_in_lane(
    house: House, work: UnitOfWork, model: Model, newest: Deployment, now: datetime
) -> None:
    """End everything else of the lane: one deployment is in force, and nothing is tried beside it."""
    goes_back = newest.cause.startswith("rollback:")
    for other in of_lane(work, model, newest.lane):
        if other.id == newest.id:
            continue
        if other.is_in_force and goes_back:
            move(house, work, other, DeploymentState.ROLLED_BACK, now, {"by": newest.id})
        else:
            stop(house, work, other, now, {"by": newest.id})
