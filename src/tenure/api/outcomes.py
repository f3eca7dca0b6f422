"""What became of predictions, over HTTP: windows, rows put aside, and the outcome of the arms."""

from typing import Annotated

from fastapi import Query, Response

from tenure.api.bodies import EARLIEST, LATEST, InstantQuery, QueryText
from tenure.api.reading import listed
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router
from tenure.core.keys import Permission
from tenure.core.outcomes import Quarantined, Window
from tenure.services import estimate, report

router = Router("outcome")
_MODEL = "/tenants/{tenant}/models/{model}"


@router.on("GET", _MODEL + "/windows", Permission.READ, gives=Window, paged=True)
def list_windows(  # one filter each
    house: HouseIn,
    tenant: str,
    model: str,
    page: PageIn,
    lane: QueryText = None,
    since: InstantQuery = None,
    until: InstantQuery = None,
) -> Response:
    """List the judged days of a model's lanes; `since` and `until` bound the days, [since, until)."""
    return listed(
        house,
        (tenant, model),
        page,
        lambda work: work.windows,
        lane=lane,
        day__gte=since,
        day__lt=until,
    )


@router.on("GET", _MODEL + "/quarantine", Permission.READ, gives=Quarantined, paged=True)
def list_quarantine(house: HouseIn, tenant: str, model: str, page: PageIn) -> Response:
    """List the rows that were put aside: why, how many, and an example."""
    return listed(house, (tenant, model), page, lambda work: work.quarantine)


@router.on("GET", _MODEL + "/accuracy", Permission.READ, gives=estimate.Accuracy)
def show_accuracy(
    house: HouseIn,
    tenant: str,
    model: str,
    days: Annotated[int, Query(ge=1, le=60, description="how many, up to today")] = estimate.SHOWN,
    until: InstantQuery = None,
) -> Response:
    """Show what answers were worth, day by day: by labels, else as is expected, else unknown."""
    return reply(estimate.show(house, tenant, model, days, until))


@router.on("GET", _MODEL + "/outcome", Permission.READ, gives=dict)
def show_outcome(
    house: HouseIn,
    tenant: str,
    model: str,
    since: InstantQuery = None,
    until: InstantQuery = None,
) -> Response:
    """Compare the lanes on the same labelled rows, and tell what the loop did meanwhile."""
    return reply(report.outcome(house, tenant, model, since or EARLIEST, until or LATEST))
