"""Findings over HTTP, of a model or of all of a tenant's models."""

from fastapi import Response

from tenure.api.bodies import QueryText
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn
from tenure.api.routes import HouseIn, Router
from tenure.core.findings import Finding
from tenure.core.keys import Permission

router = Router("finding")


@router.on("GET", "/tenants/{tenant}/findings", Permission.READ, gives=Finding, paged=True)
def list_tenant_findings(
    house: HouseIn, tenant: str, page: PageIn, kind: QueryText = None
) -> Response:
    """List what was found in all models of a tenant, oldest first."""
    return listed(house, (tenant, None), page, lambda work: work.findings, kind=kind)


@router.on("GET", "/tenants/{tenant}/findings/{finding}", Permission.READ, gives=Finding)
def show_finding(house: HouseIn, tenant: str, finding: str) -> Response:
    """Show one finding: since when, why, how sure, what was done, how it ended."""
    return shown(house, (tenant, None), "finding", lambda work: work.findings, finding)


@router.on(
    "GET", "/tenants/{tenant}/models/{model}/findings", Permission.READ, gives=Finding, paged=True
)
def list_findings(
    house: HouseIn, tenant: str, model: str, page: PageIn, kind: QueryText = None
) -> Response:
    """List what was found in one model, oldest first."""
    return listed(house, (tenant, model), page, lambda work: work.findings, kind=kind)
