"""Look at a version that is tried beside the live one, and move it on: next share, live, or gone.

Decided and recorded in one unit of work; what is decided for good (`bound_for`) is published and
acknowledged by every serving process before it is said to be so. Each step may be cut anywhere.
"""

from dataclasses import replace
from datetime import datetime

from tenure.core.deployments import Deployment, DeploymentState
from tenure.core.errors import Kind, TenureError
from tenure.core.events import Event, Facts
from tenure.core.jobs import Job
from tenure.core.loop import look as next_look
from tenure.core.rollout import Move, Verdict, decide
from tenure.core.versions import Assurance
from tenure.ports.work import UnitOfWork
from tenure.services.arms import arms_of, seen
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.moves import move, replace_in_lane, stop, tell
from tenure.services.publish import publish_model, wait_until_applied
from tenure.services.record import business_now

_ENDS = {
    Move.LIVE: DeploymentState.LIVE,
    Move.ABORT: DeploymentState.ROLLED_BACK,
    Move.STOP: DeploymentState.STOPPED,
}


def look(house: House, job: Job) -> None:
    """Judge a trial's stage, or end it by a person's word; a trial that is over is left alone."""
    tenant_id, model_id = job.tenant_id, str(job.payload["model_id"])
    verdict = _verdict(house, job)
    failpoint("rollout.after_look")
    with house.store.work() as work:
        tried = _record(house, work, job, verdict) if verdict else None
        if tried is None or tried.bound_for is None:
            work.jobs.finish(job)
        failpoint("rollout.before_commit")
    failpoint("rollout.after_commit")
    if verdict is None:
        return
    generation = publish_model(house, tenant_id, model_id)
    if tried is None or tried.bound_for is None:
        return
    failpoint("rollout.after_publish")
    if failed := wait_until_applied(house, tenant_id, model_id, generation):
        raise TenureError(Kind.UNAVAILABLE, "rollout.not_applied", failed)
    with house.store.work() as work:
        _settle(house, work, replace(tried, generation=generation), job)
        work.jobs.finish(job)
        failpoint("rollout.before_end")
    failpoint("rollout.after_end")
    publish_model(house, tenant_id, model_id)  # without what was ended


def _verdict(house: House, job: Job) -> Verdict | None:
    """Return what becomes of the trial of this job; None when this job has no say in it any more."""
    if "bound_for" in job.payload:
        bound_for = DeploymentState(str(job.payload["bound_for"]))
        (ends,) = (one for one, state in _ENDS.items() if state is bound_for)
        return Verdict(ends, str(job.payload["reason"]))
    with house.store.read() as work:
        tried = _tried(work, job)
        if tried is None or tried.rollout is None or tried.stage_at is None:
            return None
        at = business_now(house, work, job.tenant_id, job)
        model = work.models.get(job.tenant_id, tried.model_id)
        version = work.versions.get(job.tenant_id, f"{model.id}/{tried.version}")
        if version.state is not Assurance.APPROVED:
            return Verdict(Move.ABORT, f"version {version.number} is {version.state}")
        found = seen(arms_of(house, work, model, tried, tried.stage_at, at), tried)
    return decide(tried.rollout, tried.stage, found, tried.canary_at, at)


def _tried(work: UnitOfWork, job: Job) -> Deployment | None:
    """Return the deployment that the job is about, while it is tried and in the job's stage."""
    found = work.deployments.find(job.tenant_id, str(job.payload["deployment_id"]))
    stage = job.payload.get("stage")
    if found is None or not found.is_candidate:
        return None
    return found if stage is None or stage == found.stage else None


def _record(house: House, work: UnitOfWork, job: Job, verdict: Verdict) -> Deployment | None:
    """Record the verdict; return the deployment as it stands then. A verdict stands once given."""
    model_id = str(job.payload["model_id"])
    work.models.get(job.tenant_id, model_id, lock=True)
    tried = _tried(work, job)
    if tried is None or tried.bound_for is not None or tried.rollout is None:
        return tried
    at = business_now(house, work, job.tenant_id, job)
    if verdict.move is Move.HOLD:
        _look_again(work, tried, at)
        return tried
    if verdict.move is Move.NEXT:
        return _step(house, work, tried, verdict, at)
    return _end(house, work, tried, verdict, at)


def _look_again(work: UnitOfWork, tried: Deployment, at: datetime) -> None:
    event = Event("deployment.moved", tried.tenant_id, tried.model_id, tried.id, at, {})
    work.jobs.add([next_look(event, tried.stage, tried.stage_at or at)])


def _step(
    house: House, work: UnitOfWork, tried: Deployment, verdict: Verdict, at: datetime
) -> Deployment:
    """Record the next share; publishing it comes after the commit."""
    stage = tried.stage + 1
    share = tried.rollout.shares[stage] if tried.rollout else 0.0
    further = replace(
        tried,
        stage=stage,
        share=share,
        stage_at=at,
        canary_at=tried.canary_at or at,
        reason=verdict.reason,
    )
    facts = _facts(tried) | {"share": share, "stage": stage, "reason": verdict.reason}
    if tried.state is not DeploymentState.CANARY:
        return move(house, work, further, DeploymentState.CANARY, at, facts)
    work.deployments.save(further.tenant_id, further)
    state = further.state.value
    tell(house, work, "deployment.moved", further, at, {"state": state, **facts})
    return further


def _end(
    house: House, work: UnitOfWork, tried: Deployment, verdict: Verdict, at: datetime
) -> Deployment:
    """Record how the trial ends. Serving is told before it is said to be so."""
    bound_for = _ENDS[verdict.move]
    share = 1.0 if bound_for is DeploymentState.LIVE else 0.0
    ends = replace(tried, bound_for=bound_for, share=share, reason=verdict.reason)
    work.deployments.save(ends.tenant_id, ends)
    facts: Facts = _facts(tried) | {"bound_for": bound_for.value, "reason": verdict.reason}
    tell(house, work, "deployment.judged", ends, at, facts)
    return ends


def _settle(house: House, work: UnitOfWork, ends: Deployment, job: Job) -> None:
    """Record that every serving process does what was decided."""
    model = work.models.get(ends.tenant_id, ends.model_id, lock=True)
    current = work.deployments.get(ends.tenant_id, ends.id, lock=True)
    if not current.is_candidate or current.bound_for is None:
        return
    now = business_now(house, work, ends.tenant_id, job)
    over = replace(current, generation=ends.generation, share=0.0, bound_for=None)
    facts = _facts(current) | {"reason": current.reason}
    if current.bound_for is DeploymentState.STOPPED:
        stop(house, work, over, now, facts)
    elif current.bound_for is DeploymentState.ROLLED_BACK:
        move(house, work, over, DeploymentState.ROLLED_BACK, now, facts)
    else:
        replace_in_lane(house, work, model, over, now)
        move(house, work, replace(over, live_at=now), DeploymentState.LIVE, now, facts)


def _facts(tried: Deployment) -> Facts:
    return {"version": tried.version, "lane": tried.lane}
