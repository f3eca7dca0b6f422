"""Studies and their runs over HTTP."""

from fastapi import Response

from tenure.api.bodies import Body, QueryText, Text
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.deployments import CHAMPION
from tenure.core.keys import Permission
from tenure.core.studies import Run, RunState, Study, StudyState
from tenure.services import request

router = Router("study")
_STUDIES = "/tenants/{tenant}/models/{model}/studies"
_RUNS = "/tenants/{tenant}/models/{model}/runs"


class Wish(Body):
    """A race that a person asks for, and why; the ledger keeps it."""

    reason: Text
    lane: Text = CHAMPION


@router.on("POST", _STUDIES, Permission.DEVELOP, gives=request.Request, status=202)
def start_study(house: HouseIn, who: Who, tenant: str, model: str, body: Wish) -> Response:
    """Train again now: a race of the lane's training windows, judged by its gate as ever.

    The study begins when the worker comes to it; until then its id is not found.
    """
    asked = request.study(house, who.key_id, tenant, model, body.lane, body.reason)
    return reply(asked, 202)


@router.on("GET", _STUDIES, Permission.READ, gives=Study, paged=True)
def list_studies(
    house: HouseIn,
    tenant: str,
    model: str,
    page: PageIn,
    lane: QueryText = None,
    state: StudyState | None = None,
) -> Response:
    """List a model's races, oldest first."""
    return listed(house, (tenant, model), page, lambda work: work.studies, lane=lane, state=state)


@router.on("GET", _STUDIES + "/{study}", Permission.READ, gives=Study)
def show_study(house: HouseIn, tenant: str, model: str, study: str) -> Response:
    """Show one race: its cause, its runs, how it ended and why."""
    return shown(house, (tenant, model), "study", lambda work: work.studies, study)


@router.on("GET", _RUNS, Permission.READ, gives=Run, paged=True)
def list_runs(
    house: HouseIn,
    tenant: str,
    model: str,
    page: PageIn,
    study: QueryText = None,
    state: RunState | None = None,
) -> Response:
    """List a model's trainings, or those of one study."""
    return listed(house, (tenant, model), page, lambda work: work.runs, study_id=study, state=state)


@router.on("GET", _RUNS + "/{run}", Permission.READ, gives=Run)
def show_run(house: HouseIn, tenant: str, model: str, run: str) -> Response:
    """Show one training with everything that it pinned."""
    return shown(house, (tenant, model), "run", lambda work: work.runs, run)
