"""Deployments over HTTP."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from tenure.api.bodies import Body, QueryText, Text
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.api.versions import GivenReason
from tenure.core.deployments import Deployment, DeploymentState
from tenure.core.jobs import NewJob
from tenure.core.keys import Permission
from tenure.core.spec.durations import parse_duration
from tenure.services import arms, deploy, trial
from tenure.services.trial import Word

router = Router("deployment")
_PATH = "/tenants/{tenant}/models/{model}/deployments"


class Chosen(Body):
    """An approved version, and why it is chosen."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    reason: Text


class Trial(Chosen):
    """What is tried beside the live version: its share of the requests, and for how long at most."""

    share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    at_most: Annotated[str, Field(max_length=20, examples=["14d"])] | None = None


@router.on("GET", _PATH, Permission.READ, gives=Deployment, paged=True)
def list_deployments(
    house: HouseIn,
    tenant: str,
    model: str,
    page: PageIn,
    lane: QueryText = None,
    state: DeploymentState | None = None,
) -> Response:
    """List a model's deployments, oldest first."""
    return listed(
        house, (tenant, model), page, lambda work: work.deployments, lane=lane, state=state
    )


@router.on("GET", _PATH + "/{deployment}", Permission.READ, gives=Deployment)
def show_deployment(house: HouseIn, tenant: str, model: str, deployment: str) -> Response:
    """Show one deployment."""
    return shown(house, (tenant, model), "deployment", lambda work: work.deployments, deployment)


@router.on("POST", _PATH + "/{lane}/rollback", Permission.OPERATE, gives=NewJob, status=202)
def roll_back(  # what the path, the key and the body say
    house: HouseIn, who: Who, tenant: str, model: str, lane: str, body: GivenReason
) -> Response:
    """Go back to the version before, which is still warm; answers with the job that does it."""
    return reply(deploy.rollback(house, who.key_id, tenant, model, lane, body.reason), 202)


@router.on("GET", _PATH + "/{deployment}/comparison", Permission.READ, gives=arms.Comparison)
def compare_deployment(house: HouseIn, tenant: str, model: str, deployment: str) -> Response:
    """Show how a version that is or was tried compares with the live one, on labelled rows."""
    return reply(arms.compare(house, tenant, model, deployment))


@router.on("POST", _PATH, Permission.OPERATE, gives=NewJob, status=202)
def start_deployment(house: HouseIn, who: Who, tenant: str, model: str, body: Trial) -> Response:
    """Try an approved version beside the live one, until somebody promotes or stops it."""
    at_most = None if body.at_most is None else parse_duration(body.at_most)
    word = Word(who.key_id, tenant, model, body.version, body.reason)
    return reply(trial.start(house, word, body.share, at_most), 202)


@router.on("POST", _PATH + "/promote", Permission.OPERATE, gives=NewJob, status=202)
def promote_deployment(house: HouseIn, who: Who, tenant: str, model: str, body: Chosen) -> Response:
    """Let an approved version answer everything at once; answers with the job that does it."""
    word = Word(who.key_id, tenant, model, body.version, body.reason)
    return reply(trial.promote(house, word), 202)


@router.on("POST", _PATH + "/stop", Permission.OPERATE, gives=NewJob, status=202)
def stop_deployment(
    house: HouseIn, who: Who, tenant: str, model: str, body: GivenReason
) -> Response:
    """End what is tried beside the live version; answers with the job that does it."""
    return reply(trial.stop(house, who.key_id, tenant, model, body.reason), 202)
