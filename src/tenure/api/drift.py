"""Drift of a model's answers over HTTP: what was found on each day, as a report, and profiles anew."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Response

from tenure.api.bodies import InstantQuery
from tenure.api.reading import listed
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.api.versions import GivenReason
from tenure.core.jobs import NewJob
from tenure.core.keys import Permission
from tenure.core.shifts import DriftDay
from tenure.pages.drift import page as drawn
from tenure.services import drift_report, reprofile

router = Router("drift")
_DRIFT = "/tenants/{tenant}/models/{model}/drift"


@dataclass(frozen=True, slots=True)
class DriftReport:
    """A day's drift: what was found, the comparison as `tenure drift` has it, and a page of it."""

    day: datetime
    version: int
    comparison: dict[str, object]
    html: str


@router.on("GET", _DRIFT, Permission.READ, gives=DriftDay, paged=True)
def list_drift(  # one filter each
    house: HouseIn,
    tenant: str,
    model: str,
    page: PageIn,
    since: InstantQuery = None,
    until: InstantQuery = None,
) -> Response:
    """List what was found on each judged day, oldest first; `since` and `until` bound the days."""
    return listed(
        house, (tenant, model), page, lambda work: work.drift_days, day__gte=since, day__lt=until
    )


@router.on("GET", _DRIFT + "/report", Permission.READ, gives=DriftReport)
def show_drift_report(
    house: HouseIn, tenant: str, model: str, day: InstantQuery = None
) -> Response:
    """Compare a day's window, the newest unless named, with what trained the version."""
    found, comparison = drift_report.report(house, tenant, model, day)
    html = drawn(comparison)
    return reply(DriftReport(found.day, found.version, comparison.as_dict(), html))


@router.on("POST", _DRIFT + "/rebuild", Permission.OPERATE, gives=NewJob, status=202)
def rebuild_profiles(
    house: HouseIn, who: Who, tenant: str, model: str, body: GivenReason
) -> Response:
    """Compute the profiles of a model's answers again from the log; answers with the job."""
    return reply(reprofile.ask(house, who.key_id, tenant, model, body.reason), 202)
