"""Versions, their evidence and their approval over HTTP."""

from typing import Annotated

from fastapi import Path, Response

from tenure.api.bodies import Body, Text
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.evidence import Evidence
from tenure.core.keys import Permission
from tenure.core.versions import Assurance, Version
from tenure.services import approve

router = Router("version")
_PATH = "/tenants/{tenant}/models/{model}/versions"
Number = Annotated[int, Path(ge=1, lt=2**31)]


class GivenReason(Body):
    """Why a person does it; the ledger keeps it."""

    reason: Text


@router.on("GET", _PATH, Permission.READ, gives=Version, paged=True)
def list_versions(
    house: HouseIn, tenant: str, model: str, page: PageIn, state: Assurance | None = None
) -> Response:
    """List a model's versions."""
    return listed(house, (tenant, model), page, lambda work: work.versions, state=state)


@router.on("GET", _PATH + "/{number}", Permission.READ, gives=Version)
def show_version(house: HouseIn, tenant: str, model: str, number: Number) -> Response:
    """Show one version."""
    return shown(house, (tenant, model), "version", lambda work: work.versions, f"{model}/{number}")


@router.on("GET", _PATH + "/{number}/evidence", Permission.READ, gives=Evidence, paged=True)
def list_evidence(
    house: HouseIn, tenant: str, model: str, number: Number, page: PageIn
) -> Response:
    """List what is known about a version: evaluations, comparisons, approvals."""
    with house.store.read() as work:
        work.versions.get(tenant, f"{model}/{number}")
    return listed(house, (tenant, model), page, lambda work: work.evidence, version=number)


@router.on("POST", _PATH + "/{number}/approve", Permission.APPROVE, gives=Evidence, status=201)
def approve_version(  # what the path, the key and the body say
    house: HouseIn, who: Who, tenant: str, model: str, number: Number, body: GivenReason
) -> Response:
    """Approve a version that waits; the key's role and the reason become evidence."""
    evidence = approve.give(house, who.key_id, who.role, tenant, model, number, body.reason)
    return reply(evidence, 201)
