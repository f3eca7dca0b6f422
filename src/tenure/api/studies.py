"""Studies and their runs over HTTP."""

from fastapi import Response

from tenure.api.bodies import QueryText
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn
from tenure.api.routes import HouseIn, Router
from tenure.core.keys import Permission
from tenure.core.studies import Run, RunState, Study, StudyState

router = Router("study")
_STUDIES = "/tenants/{tenant}/models/{model}/studies"
_RUNS = "/tenants/{tenant}/models/{model}/runs"


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
