"""Studies over HTTP: races, and the trials before them."""

from dataclasses import dataclass

from fastapi import Response

from tenure.api.bodies import Body, QueryText, Text
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.deployments import CHAMPION
from tenure.core.keys import Permission
from tenure.core.studies import Study, StudyState
from tenure.core.tuning import Progress, StudyTrial
from tenure.pages.tuning import page as drawn
from tenure.services import request, tune

router = Router("study")
_STUDIES = "/tenants/{tenant}/models/{model}/studies"


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the trials of a study found so far."""

    metric: str
    progress: Progress
    importance: dict[str, float]
    html: str


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


@router.on("GET", _STUDIES + "/{study}/trials", Permission.READ, gives=StudyTrial, paged=True)
def list_trials(house: HouseIn, tenant: str, model: str, study: str, page: PageIn) -> Response:
    """List the trials of a study in their order."""
    return listed(house, (tenant, model), page, lambda work: work.trials, study_id=study)


@router.on("GET", _STUDIES + "/{study}/tuning", Permission.READ, gives=Tuning)
def show_tuning(house: HouseIn, tenant: str, model: str, study: str) -> Response:
    """Show what a study's trials found: the best so far, what mattered, and a page of it."""
    spec, found = tune.found(house, tenant, model, study)
    html = drawn(f"{tenant}/{model}", spec.metric, found)
    return reply(Tuning(spec.metric, found.progress, found.importance, html))
