"""Findings over HTTP, of a model or of all of a tenant's models."""

from dataclasses import dataclass

from fastapi import Response

from tenure.api.bodies import Instant, QueryText
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.api.versions import GivenReason
from tenure.core.accounts import Account
from tenure.core.findings import Finding
from tenure.core.keys import Permission
from tenure.pages.finding import page as drawn
from tenure.services import finding_report, mute
from tenure.services.mute import Remark

router = Router("finding")
_ONE = "/tenants/{tenant}/findings/{finding}"


class Muted(GivenReason):
    """Until when nobody is told, in business time, and why."""

    until: Instant


@dataclass(frozen=True, slots=True)
class FindingReport:
    """What is told of a finding, and a page of it that needs nothing else."""

    account: Account
    html: str


@router.on("GET", "/tenants/{tenant}/findings", Permission.READ, gives=Finding, paged=True)
def list_tenant_findings(
    house: HouseIn, tenant: str, page: PageIn, kind: QueryText = None
) -> Response:
    """List what was found in all models of a tenant, oldest first."""
    return listed(house, (tenant, None), page, lambda work: work.findings, kind=kind)


@router.on("GET", _ONE, Permission.READ, gives=Finding)
def show_finding(house: HouseIn, tenant: str, finding: str) -> Response:
    """Show one finding: since when, why, how sure, what was done, how it ended."""
    return shown(house, (tenant, None), "finding", lambda work: work.findings, finding)


@router.on("GET", _ONE + "/report", Permission.READ, gives=FindingReport)
def show_finding_report(house: HouseIn, tenant: str, finding: str) -> Response:
    """Tell of a finding where it comes from, what changed, what was done and what one can do."""
    told = finding_report.report(house, tenant, finding)
    return reply(FindingReport(told, drawn(told)))


@router.on(
    "GET", "/tenants/{tenant}/models/{model}/findings", Permission.READ, gives=Finding, paged=True
)
def list_findings(
    house: HouseIn, tenant: str, model: str, page: PageIn, kind: QueryText = None
) -> Response:
    """List what was found in one model, oldest first."""
    return listed(house, (tenant, model), page, lambda work: work.findings, kind=kind)


@router.on("POST", _ONE + "/mute", Permission.OPERATE, gives=Finding)
def mute_finding(house: HouseIn, who: Who, tenant: str, finding: str, body: Muted) -> Response:
    """Tell nobody of an open finding until an instant; it goes on being watched."""
    return reply(mute.mute(house, Remark(who.key_id, tenant, finding, body.reason), body.until))


@router.on("POST", _ONE + "/unmute", Permission.OPERATE, gives=Finding)
def unmute_finding(
    house: HouseIn, who: Who, tenant: str, finding: str, body: GivenReason
) -> Response:
    """Take a mute back."""
    return reply(mute.unmute(house, Remark(who.key_id, tenant, finding, body.reason)))


@router.on("POST", _ONE + "/acknowledge", Permission.OPERATE, gives=Finding)
def acknowledge_finding(
    house: HouseIn, who: Who, tenant: str, finding: str, body: GivenReason
) -> Response:
    """Say that one has taken an open finding on."""
    return reply(mute.acknowledge(house, Remark(who.key_id, tenant, finding, body.reason)))
