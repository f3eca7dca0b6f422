"""A person's word on what is tried: start it, promote it, stop it. The worker then does it."""

from dataclasses import dataclass
from datetime import timedelta

from tenure.core.deployments import (
    CHAMPION,
    Deployment,
    DeploymentState,
    candidate,
    in_force,
)
from tenure.core.errors import conflict, invalid
from tenure.core.events import Event, Facts
from tenure.core.jobs import NewJob
from tenure.core.models import Model
from tenure.core.rollout import experiment
from tenure.core.spec.parse import from_dict
from tenure.ports.work import UnitOfWork
from tenure.services.datasets import check_alive
from tenure.services.deploy import approved, deployment_id, ending, straight
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.moves import of_lane
from tenure.services.record import business_now, record


@dataclass(frozen=True, slots=True)
class Word:
    """Who says it of which version of which model, and why."""

    actor: str
    tenant_id: str
    model_id: str
    version: int
    reason: str


def start(house: House, word: Word, share: float, at_most: timedelta | None) -> NewJob:
    """Try an approved version beside the live one: at this share, until somebody ends it.

    Share 0 is the shadow. What was tried before makes way. Raises `deployment.nothing_live`,
    `deployment.already_live`, `deployment.already_tried`, `deployment.bad_share`.
    """
    if not 0.0 <= share < 1.0:
        raise invalid(
            "deployment.bad_share",
            f"a share of {share:g} cannot be tried",
            hint="from 0, the shadow, to below 1; promote it to answer everything",
        )
    with house.store.work() as work:
        model = work.models.get(word.tenant_id, word.model_id, lock=True)
        version, known = approved(work, model, word.version), of_lane(work, model, CHAMPION)
        live = _beside(model, known, word)
        tried = candidate(known)
        if tried is not None and tried.version == word.version:
            raise conflict(
                "deployment.already_tried",
                f"version {word.version} of {model.path} is tried already: {tried.id}",
                hint="promote or stop it: tenure deployment promote, tenure deployment stop",
            )
        before = work.versions.get(model.tenant_id, f"{model.id}/{live.version}")
        cause = f"start:{sum(one.version == word.version for one in known)}"
        planned = Deployment(
            id=deployment_id(model.id, CHAMPION, word.version, cause),
            tenant_id=model.tenant_id,
            model_id=model.id,
            environment=house.environment,
            lane=CHAMPION,
            version=word.version,
            state=DeploymentState.PLANNED,
            cause=cause,
            planned_at=business_now(house, work, model.tenant_id),
            rollout=experiment(from_dict(model.spec), before, version, share, at_most),
            share=share,
            reason=word.reason,
            by=word.actor,
        )
        work.deployments.add(model.tenant_id, planned)
        job = straight(model, CHAMPION, word.version, cause, (word.actor, word.reason))
        _ask(house, work, word, planned.id, job, {"share": share, "cause": cause})
        failpoint("start.before_commit")
    failpoint("start.after_commit")
    return job


def promote(house: House, word: Word) -> NewJob:
    """Let an approved version answer everything, whether it is tried already or not.

    Raises `deployment.already_live`, `deployment.nothing_live`, `deployment.version_not_approved`.
    """
    with house.store.work() as work:
        model = work.models.get(word.tenant_id, word.model_id, lock=True)
        approved(work, model, word.version)
        known = of_lane(work, model, CHAMPION)
        live = _beside(model, known, word)
        tried = candidate(known)
        if tried is not None and tried.version == word.version:
            subject, job = tried.id, ending(tried, DeploymentState.LIVE, word.reason)
        else:
            cause = f"promote:{live.id}"
            subject = deployment_id(model.id, CHAMPION, word.version, cause)
            job = straight(model, CHAMPION, word.version, cause, (word.actor, word.reason))
        _ask(house, work, word, subject, job, {"state": "promoting"})
        failpoint("promote.before_commit")
    failpoint("promote.after_commit")
    return job


def stop(house: House, actor: str, tenant_id: str, model_id: str, reason: str) -> NewJob:
    """End what is tried beside the live version; raise `deployment.nothing_tried`."""
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        tried = candidate(of_lane(work, model, CHAMPION))
        if tried is None:
            raise conflict(
                "deployment.nothing_tried",
                f"{model.path} has no version that is tried beside the live one",
                hint="tenure deployment list",
            )
        job = ending(tried, DeploymentState.STOPPED, reason)
        word = Word(actor, tenant_id, model_id, tried.version, reason)
        _ask(house, work, word, tried.id, job, {"state": "stopping"})
        failpoint("stop.before_commit")
    failpoint("stop.after_commit")
    return job


def _beside(model: Model, known: list[Deployment], word: Word) -> Deployment:
    """Return the live deployment, beside which another version may come."""
    check_alive(model)
    live = in_force(known, CHAMPION)
    if live is None:
        raise conflict(
            "deployment.nothing_live",
            f"{model.path} is not live yet; its first version is the policy's business",
            hint="tenure study list",
        )
    if live.version == word.version:
        raise conflict(
            "deployment.already_live", f"version {word.version} of {model.path} is live already"
        )
    return live


def _ask(  # what is asked for, by whom, and why
    house: House, work: UnitOfWork, word: Word, subject: str, job: NewJob, facts: Facts
) -> None:
    """Enqueue the job and write down who asked; what was asked for already is asked for once."""
    if work.jobs.add([job]):
        now = business_now(house, work, word.tenant_id)
        told: Facts = {"lane": CHAMPION, "version": word.version, "reason": word.reason}
        event = Event(
            "deployment.planned", word.tenant_id, word.model_id, subject, now, told | facts
        )
        record(house, work, event, actor=word.actor)
