"""Put a version into a lane: plan it, publish it, wait until serving says so, record it.

The three steps may be cut anywhere: each begins by looking at what is already true.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from tenure.core import digests
from tenure.core.deployments import CHAMPION, IN_FORCE, Deployment, DeploymentState
from tenure.core.errors import Kind, TenureError, conflict
from tenure.core.events import Event
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.lifecycle import step
from tenure.core.models import Model, ModelState
from tenure.core.spec.parse import from_dict
from tenure.core.versions import Assurance
from tenure.ports.work import UnitOfWork
from tenure.services.collect import HEARTBEAT
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.publish import publish_model
from tenure.services.race import lane_of
from tenure.services.record import business_now, record

Facts = dict[str, str | int | float | bool | None]
PATIENCE = timedelta(seconds=15)
"""How long a serving process may take to warm a version before the job is tried again."""


def put(house: House, job: Job) -> None:
    """Deploy the version of the job into its lane; a lane that left the spec gets nothing."""
    planned = _plan(house, job)
    failpoint("deploy.after_plan")
    if planned is None or planned.state is not DeploymentState.PLANNED:
        with house.store.work() as work:
            work.jobs.finish(job)
        return
    generation = publish_model(house, job.tenant_id, planned.model_id)
    failpoint("deploy.after_publish")
    failed = _wait(house, f"{job.tenant_id}/{planned.model_id}", generation)
    failpoint("deploy.after_acknowledged")
    with house.store.work() as work:
        _settle(house, work, replace(planned, generation=generation), failed, job)
        work.jobs.finish(job)
        failpoint("deploy.before_commit")
    failpoint("deploy.after_commit")
    if failed:
        publish_model(house, job.tenant_id, planned.model_id)


def _plan(house: House, job: Job) -> Deployment | None:
    """Return the deployment of this job, planned now or by an attempt that was cut."""
    tenant_id, model_id = job.tenant_id, str(job.payload["model_id"])
    lane, number = str(job.payload["lane"]), int(str(job.payload["version"]))
    cause = str(job.payload["cause"])
    deployment_id = digests.short("dp", model_id, lane, number, cause)
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        if (seen := work.deployments.find(tenant_id, deployment_id)) is not None:
            return seen
        if lane_of(from_dict(model.spec), lane) is None:
            return None
        version = work.versions.get(tenant_id, f"{model_id}/{number}")
        if version.state is not Assurance.APPROVED:
            raise conflict(
                "deployment.version_not_approved",
                f"version {number} of {model.path} is {version.state}, and only approved ones serve",
            )
        now = business_now(house, work, tenant_id, job)
        planned = Deployment(
            id=deployment_id,
            tenant_id=tenant_id,
            model_id=model_id,
            environment=house.environment,
            lane=lane,
            version=number,
            state=DeploymentState.PLANNED,
            cause=cause,
            planned_at=now,
        )
        work.deployments.add(tenant_id, planned)
        facts: Facts = {"lane": lane, "version": number, "cause": cause}
        event = Event("deployment.planned", tenant_id, model_id, deployment_id, now, facts)
        record(house, work, event)
        failpoint("deploy.before_plan")
    return planned


def _wait(house: House, path: str, generation: int) -> str:
    """Wait until every living serving process has applied the generation.

    Returns "" or the reason why one could not. Without any serving process there is nobody to
    wait for: the first one to start applies the index before it is ready.
    """
    deadline = house.clock.now() + PATIENCE
    while True:
        now = house.clock.now()
        alive = [ack for ack in house.releases.acknowledged() if now - ack.at < HEARTBEAT]
        for ack in alive:
            if ack.failed and path in ack.failed and ack.generation >= generation:
                return ack.failed[path]
        if all(ack.generation >= generation for ack in alive):
            return ""
        if now > deadline:
            raise TenureError(
                Kind.UNAVAILABLE,
                "deployment.not_acknowledged",
                f"serving has not applied generation {generation} of {path}",
                hint="is serving overloaded or stopped? tenure doctor",
            )
        house.clock.sleep(0.01)


def _settle(house: House, work: UnitOfWork, planned: Deployment, failed: str, job: Job) -> None:
    """Record that the deployment is in force, or that it was rolled back; end those before it."""
    tenant_id = planned.tenant_id
    model = work.models.get(tenant_id, planned.model_id, lock=True)
    current = work.deployments.get(tenant_id, planned.id, lock=True)
    if current.state is not DeploymentState.PLANNED:
        return
    now = business_now(house, work, tenant_id, job)
    if failed:
        _move(house, work, current, DeploymentState.ROLLED_BACK, now, {"reason": failed})
        return
    first = planned.lane == CHAMPION and model.state is ModelState.ONBOARDING
    goes_back = planned.cause.startswith("rollback:")
    for other in _lane(work, model, planned.lane):
        if other.id == planned.id:
            continue
        if other.state in IN_FORCE and goes_back:
            facts: Facts = {"by": planned.id}
            _move(house, work, other, DeploymentState.ROLLED_BACK, now, facts)
        else:
            _stop(house, work, other, now, {"by": planned.id})
    if first:
        _activate(house, work, model, now)
    target = DeploymentState.LIVE if planned.lane == CHAMPION else DeploymentState.SHADOW
    serving = replace(current, generation=planned.generation, live_at=now)
    facts = {"version": planned.version, "lane": planned.lane, "first": first}
    _move(house, work, serving, target, now, facts)


def stop_lane(house: House, work: UnitOfWork, model: Model, lane: str, now: datetime) -> None:
    """End what serves in a lane, or was about to: the lane was taken out of the spec."""
    for deployment in _lane(work, model, lane):
        _stop(house, work, deployment, now, {"reason": f"lane {lane} was taken out of the spec"})


def _lane(work: UnitOfWork, model: Model, lane: str) -> list[Deployment]:
    return work.deployments.list(model.tenant_id, model_id=model.id, lane=lane, limit=1_000_000)


def _stop(
    house: House, work: UnitOfWork, deployment: Deployment, now: datetime, facts: Facts
) -> None:
    if deployment.state in IN_FORCE:
        deployment = _move(house, work, deployment, DeploymentState.DRAINING, now, facts)
    if deployment.state in {DeploymentState.DRAINING, DeploymentState.PLANNED}:
        _move(house, work, deployment, DeploymentState.STOPPED, now, facts)


def _move(  # one transition, all its parts
    house: House,
    work: UnitOfWork,
    deployment: Deployment,
    target: DeploymentState,
    now: datetime,
    facts: Facts,
) -> Deployment:
    over = target in {DeploymentState.STOPPED, DeploymentState.ROLLED_BACK}
    stopped = now if over else deployment.stopped_at
    moved = replace(deployment, state=step(deployment.state, target), stopped_at=stopped)
    work.deployments.save(deployment.tenant_id, moved)
    spec = from_dict(work.models.get(deployment.tenant_id, deployment.model_id).spec)
    event = Event(
        "deployment.moved",
        deployment.tenant_id,
        deployment.model_id,
        deployment.id,
        now,
        {"state": target.value, **facts},
    )
    record(house, work, event, spec=spec)
    return moved


def _activate(house: House, work: UnitOfWork, model: Model, now: datetime) -> None:
    work.models.save(model.tenant_id, replace(model, state=step(model.state, ModelState.ACTIVE)))
    event = Event("model.moved", model.tenant_id, model.id, model.id, now, {"state": "active"})
    record(house, work, event)


def rollback(
    house: House, actor: str, tenant_id: str, model_id: str, lane: str, reason: str
) -> NewJob:
    """Ask for the version that was in force before; it is still warm in serving.

    Raises `deployment.nothing_before` when there is none.
    """
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        current, before = _turning_back(work, model, lane)
        cause = f"rollback:{current.id}"
        job = NewJob(
            tenant_id,
            JobKind.DEPLOY,
            f"{model_id}:{cause}",
            {"model_id": model_id, "lane": lane, "version": before, "cause": cause},
            priority=100,
        )
        if work.jobs.add([job]):  # else it was asked for already
            now = business_now(house, work, tenant_id)
            facts: Facts = {"state": "rolling_back", "to": before, "reason": reason, "lane": lane}
            event = Event("deployment.planned", tenant_id, model_id, current.id, now, facts)
            record(house, work, event, actor=actor)
        failpoint("rollback.before_commit")
    failpoint("rollback.after_commit")
    return job


def _turning_back(work: UnitOfWork, model: Model, lane: str) -> tuple[Deployment, int]:
    """Return what is in force, and the newest version before it that nobody went back from."""
    deployments = sorted(
        _lane(work, model, lane), key=lambda one: (one.planned_at, one.live_at or one.planned_at)
    )
    current = next((one for one in reversed(deployments) if one.state in IN_FORCE), None)
    left = {
        one.version
        for one in deployments
        if one.state is DeploymentState.ROLLED_BACK or one is current
    }
    for one in reversed(deployments):
        stopped = one.state is DeploymentState.STOPPED and one.live_at is not None
        if current is None or not stopped or one.version in left:
            continue
        version = work.versions.get(model.tenant_id, f"{model.id}/{one.version}")
        if version.state is Assurance.APPROVED:
            return current, one.version
    raise conflict(
        "deployment.nothing_before",
        f"{model.path} has no earlier version in lane {lane} to go back to",
    )
