"""Deployments over HTTP."""

from fastapi import Response

from tenure.api.bodies import QueryText
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.api.versions import GivenReason
from tenure.core.deployments import Deployment, DeploymentState
from tenure.core.jobs import NewJob
from tenure.core.keys import Permission
from tenure.services import deploy

router = Router("deployment")
_PATH = "/tenants/{tenant}/models/{model}/deployments"


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
