"""Decisions over HTTP: what policies said, with a reason per clause."""

from fastapi import Response

from tenure.api.bodies import QueryText
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn
from tenure.api.routes import HouseIn, Router
from tenure.core.keys import Permission
from tenure.core.policies import Decision

router = Router("decision")


@router.on("GET", "/tenants/{tenant}/decisions", Permission.READ, gives=Decision, paged=True)
def list_tenant_decisions(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List what policies decided for all models of a tenant, oldest first."""
    return listed(house, (tenant, None), page, lambda work: work.decisions)


@router.on("GET", "/tenants/{tenant}/decisions/{decision}", Permission.READ, gives=Decision)
def show_decision(house: HouseIn, tenant: str, decision: str) -> Response:
    """Show one decision with a reason per clause."""
    return shown(house, (tenant, None), "decision", lambda work: work.decisions, decision)


@router.on(
    "GET", "/tenants/{tenant}/models/{model}/decisions", Permission.READ, gives=Decision, paged=True
)
def list_decisions(
    house: HouseIn, tenant: str, model: str, page: PageIn, study: QueryText = None
) -> Response:
    """List what policies decided for one model, oldest first."""
    return listed(house, (tenant, model), page, lambda work: work.decisions, study_id=study)
