"""Put a version into a lane: plan it, publish it, wait until serving says so, record it.

The three steps may be cut anywhere: each begins by looking at what is already true. A promoted
version whose spec has a `[rollout]` comes beside the live one first; `rollout.py` moves it on.
"""

from dataclasses import replace
from datetime import datetime

from tenure.core import digests
from tenure.core.deployments import (
    CHAMPION,
    Deployment,
    DeploymentState,
    Rollout,
    candidate,
    in_force,
    to_go_back_to,
)
from tenure.core.errors import conflict
from tenure.core.events import Event, Facts
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.lifecycle import step
from tenure.core.models import Model, ModelState
from tenure.core.rollout import planned as rollout_planned
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.versions import Assurance, Version
from tenure.ports.work import UnitOfWork
from tenure.services import references
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.moves import move, of_lane, of_model, replace_in_lane, stop
from tenure.services.publish import publish_model, wait_until_applied
from tenure.services.race import lane_of
from tenure.services.record import business_now, record

STRAIGHT = ("rollback:", "promote:")
"""How causes begin that nobody wants to wait for: a person's word, and going back."""


def put(house: House, job: Job) -> None:
    """Deploy the version of the job into its lane; a lane that left the spec gets nothing."""
    planned = _plan(house, job)
    failpoint("deploy.after_plan")
    if planned is None or planned.state is not DeploymentState.PLANNED:
        with house.store.work() as work:
            work.jobs.finish(job)
        return
    if planned.lane == CHAMPION and not planned.cause.startswith(STRAIGHT):
        version = f"{planned.model_id}/{planned.version}"
        references.keep(house, job.tenant_id, version, planned.planned_at)
    generation = publish_model(house, job.tenant_id, planned.model_id)
    failpoint("deploy.after_publish")
    failed = wait_until_applied(house, job.tenant_id, planned.model_id, generation)
    failpoint("deploy.after_acknowledged")
    with house.store.work() as work:
        _settle(house, work, replace(planned, generation=generation), failed, job)
        work.jobs.finish(job)
        failpoint("deploy.before_commit")
    failpoint("deploy.after_commit")
    publish_model(house, job.tenant_id, planned.model_id)  # without what was ended


def _plan(house: House, job: Job) -> Deployment | None:
    """Return the deployment of this job, planned now or by an attempt that was cut."""
    tenant_id, model_id = job.tenant_id, str(job.payload["model_id"])
    lane, number = str(job.payload["lane"]), int(str(job.payload["version"]))
    cause = str(job.payload["cause"])
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        seen = work.deployments.find(tenant_id, deployment_id(model_id, lane, number, cause))
        if seen is not None:
            return seen
        spec = from_dict(model.spec)
        if lane_of(spec, lane) is None:
            return None
        version = approved(work, model, number)
        tried = None if cause.startswith(STRAIGHT) else _rollout(work, model, spec, lane, version)
        now = business_now(house, work, tenant_id, job)
        planned = Deployment(
            id=deployment_id(model_id, lane, number, cause),
            tenant_id=tenant_id,
            model_id=model_id,
            environment=house.environment,
            lane=lane,
            version=number,
            state=DeploymentState.PLANNED,
            cause=cause,
            planned_at=now,
            rollout=tried,
            share=tried.shares[0] if tried else 0.0,
            reason=str(job.payload.get("reason") or ""),
            by=str(job.payload.get("by") or ""),
        )
        work.deployments.add(tenant_id, planned)
        facts: Facts = {"lane": lane, "version": number, "cause": cause}
        event = Event("deployment.planned", tenant_id, model_id, planned.id, now, facts)
        record(house, work, event)
        failpoint("deploy.before_plan")
    return planned


def deployment_id(model_id: str, lane: str, number: int, cause: str) -> str:
    """Return the id of a deployment: the same cause deploys the same version once."""
    return digests.short("dp", model_id, lane, number, cause)


def approved(work: UnitOfWork, model: Model, number: int) -> Version:
    """Return the version; raise `deployment.version_not_approved`, `version.not_found`."""
    version = work.versions.get(model.tenant_id, f"{model.id}/{number}")
    if version.state is not Assurance.APPROVED:
        raise conflict(
            "deployment.version_not_approved",
            f"version {number} of {model.path} is {version.state}, and only approved ones serve",
        )
    return version


def _rollout(
    work: UnitOfWork, model: Model, spec: Spec, lane: str, version: Version
) -> Rollout | None:
    """Return how the spec wants the version to be tried; the first one is live at once."""
    live = in_force(of_lane(work, model, lane), lane) if lane == CHAMPION else None
    if live is None or live.version == version.number:
        return None
    return rollout_planned(
        spec, work.versions.get(model.tenant_id, f"{model.id}/{live.version}"), version
    )


def _settle(house: House, work: UnitOfWork, planned: Deployment, failed: str, job: Job) -> None:
    """Record that the deployment is in force, or that it was rolled back; end those before it."""
    model = work.models.get(planned.tenant_id, planned.model_id, lock=True)
    current = work.deployments.get(planned.tenant_id, planned.id, lock=True)
    if current.state is not DeploymentState.PLANNED:
        return
    now = business_now(house, work, planned.tenant_id, job)
    current = replace(current, generation=planned.generation)
    if failed:
        gone = replace(current, reason=failed)
        move(house, work, gone, DeploymentState.ROLLED_BACK, now, {"reason": failed})
    elif current.rollout is not None:
        _begin(house, work, model, current, now)
    else:
        _take_over(house, work, model, current, now)


def _begin(
    house: House, work: UnitOfWork, model: Model, current: Deployment, now: datetime
) -> None:
    """Record that the version is tried beside the live one, and nothing else is."""
    for other in of_lane(work, model, current.lane):
        if other.is_candidate and other.id != current.id:
            stop(house, work, other, now, {"by": current.id})
    in_shadow = current.share == 0.0
    target = DeploymentState.SHADOW if in_shadow else DeploymentState.CANARY
    begun = replace(current, stage_at=now, canary_at=None if in_shadow else now)
    facts: Facts = {"version": current.version, "lane": current.lane}
    move(house, work, begun, target, now, facts | {"share": current.share, "stage": 0})


def _take_over(
    house: House, work: UnitOfWork, model: Model, current: Deployment, now: datetime
) -> None:
    first = current.lane == CHAMPION and model.state is ModelState.ONBOARDING
    replace_in_lane(house, work, model, current, now)
    if first:
        _activate(house, work, model, now)
    target = DeploymentState.LIVE if current.lane == CHAMPION else DeploymentState.SHADOW
    facts: Facts = {"version": current.version, "lane": current.lane, "first": first}
    move(house, work, replace(current, live_at=now), target, now, facts)


def _activate(house: House, work: UnitOfWork, model: Model, now: datetime) -> None:
    work.models.save(model.tenant_id, replace(model, state=step(model.state, ModelState.ACTIVE)))
    event = Event("model.moved", model.tenant_id, model.id, model.id, now, {"state": "active"})
    record(house, work, event)


def rollback(
    house: House, actor: str, tenant_id: str, model_id: str, lane: str, reason: str
) -> NewJob:
    """Ask for the version that was in force before; it is still warm in serving.

    While a version is tried beside the live one, that one is taken back, and live goes on. Raises
    `deployment.nothing_before` when there is none.
    """
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        known = of_model(work, model)
        tried = candidate(known) if lane == CHAMPION else None
        if tried is not None:
            job = ending(tried, DeploymentState.ROLLED_BACK, reason)
            current, to = tried, _live_version(known)
        else:
            current, to = _turning_back(work, model, known, lane)
            job = straight(model, lane, to, f"rollback:{current.id}", (actor, reason))
        if work.jobs.add([job]):  # else it was asked for already
            now = business_now(house, work, tenant_id)
            facts: Facts = {"state": "rolling_back", "to": to, "reason": reason, "lane": lane}
            event = Event("deployment.planned", tenant_id, model_id, current.id, now, facts)
            record(house, work, event, actor=actor)
        failpoint("rollback.before_commit")
    failpoint("rollback.after_commit")
    return job


def straight(model: Model, lane: str, number: int, cause: str, said: tuple[str, str]) -> NewJob:
    """Return the job that puts a version into force without trying it first, before other work.

    `said` is who asked for it, and why.
    """
    payload: dict[str, str | int | None] = {"model_id": model.id, "lane": lane, "version": number}
    payload |= {"by": said[0], "reason": said[1]}
    key = f"{model.id}:{cause}" if cause.startswith("rollback:") else f"{model.id}:{number}:{cause}"
    full = payload | {"cause": cause}
    return NewJob(model.tenant_id, JobKind.DEPLOY, key, full, priority=100)


def ending(tried: Deployment, bound_for: DeploymentState, reason: str) -> NewJob:
    """Return the job that ends a trial by a person's word: live, rolled back or stopped."""
    payload: dict[str, str | int | None] = {
        "model_id": tried.model_id,
        "deployment_id": tried.id,
        "bound_for": bound_for.value,
        "reason": reason,
    }
    key = f"{tried.model_id}:rollout:{tried.id}:{bound_for.value}"
    return NewJob(tried.tenant_id, JobKind.ROLLOUT, key, payload, priority=100)


def _live_version(known: list[Deployment]) -> int | None:
    live = in_force(known, CHAMPION)
    return live.version if live else None


def _turning_back(
    work: UnitOfWork, model: Model, known: list[Deployment], lane: str
) -> tuple[Deployment, int]:
    """Return what is in force, and the newest version before it that nobody went back from."""
    current = in_force(known, lane)
    for number in to_go_back_to(known, lane) if current is not None else ():
        version = work.versions.get(model.tenant_id, f"{model.id}/{number}")
        if current is not None and version.state is Assurance.APPROVED:
            return current, number
    raise conflict(
        "deployment.nothing_before",
        f"{model.path} has no earlier version in lane {lane} to go back to",
    )
