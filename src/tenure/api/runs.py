"""Runs over HTTP: single trainings, what they pinned and what they told."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from tenure.api.bodies import Body, QueryText, Text
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.jobs import NewJob
from tenure.core.keys import Permission
from tenure.core.runs import MOST_COMPARED, RunProgress, SideBySide
from tenure.core.studies import Run, RunState
from tenure.core.told import Course
from tenure.pages.runs import page as drawn
from tenure.services import live, reproduce, runs

router = Router("run")
_RUNS = "/tenants/{tenant}/models/{model}/runs"
_RUN = _RUNS + "/{run}"


class Again(Body):
    """Why a run is done again, and how far its answers may be from what they were."""

    reason: Text
    tolerance: Annotated[float, Field(ge=0, le=1e9)] = 0.0


class Cancellation(Body):
    """Why a training is ended; the ledger keeps it."""

    reason: Text


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Runs beside each other, and a page of it."""

    comparison: SideBySide
    html: str


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


@router.on("GET", _RUN, Permission.READ, gives=Run)
def show_run(house: HouseIn, tenant: str, model: str, run: str) -> Response:
    """Show one training with everything that it pinned."""
    return shown(house, (tenant, model), "run", lambda work: work.runs, run)


@router.on("GET", _RUN + "/metrics", Permission.READ, gives=Course, paged=True)
def list_metrics(house: HouseIn, tenant: str, model: str, run: str) -> Response:
    """List the metrics that a training logged, each with its steps and values."""
    return reply({"items": runs.metrics(house, tenant, model, run), "next": None})


@router.on("GET", _RUN + "/log", Permission.READ, gives=runs.RunLog)
def show_run_log(house: HouseIn, tenant: str, model: str, run: str) -> Response:
    """Show what a training has printed by now, the last 64 KiB, and its metrics."""
    return reply(runs.log(house, tenant, model, run))


@router.on("GET", _RUN + "/artifact", Permission.READ, gives=runs.ArtifactContents)
def show_artifact(
    house: HouseIn,
    tenant: str,
    model: str,
    run: str,
    name: Annotated[str, Query(max_length=100)],
) -> Response:
    """Show a file that a training kept, as base64."""
    return reply(runs.artifact(house, tenant, model, run, name))


@router.on("GET", _RUN + "/comparison", Permission.READ, gives=RunComparison)
def compare_runs(
    house: HouseIn,
    tenant: str,
    model: str,
    run: str,
    beside: Annotated[list[str], Query(min_length=1, max_length=MOST_COMPARED - 1)],
) -> Response:
    """Put a training beside others: where parameters differ, metrics, data and code of each."""
    found = runs.comparison(house, tenant, model, [run, *beside])
    return reply(RunComparison(found, drawn(f"{tenant}/{model}", found)))


@router.on("POST", _RUN + "/cancel", Permission.DEVELOP, gives=RunProgress, status=202)
def cancel_run(
    house: HouseIn, who: Who, tenant: str, model: str, run: str, body: Cancellation
) -> Response:
    """End a training within a second or two; its race goes on without it."""
    return reply(live.cancel(house, who.key_id, tenant, model, run, body.reason), 202)


@router.on("POST", _RUN + "/reproduce", Permission.DEVELOP, gives=NewJob, status=202)
def reproduce_run(
    house: HouseIn, who: Who, tenant: str, model: str, run: str, body: Again
) -> Response:
    """Train again from what a run pins and compare the answers; `reproduced` of the run says how."""
    named = (tenant, model, run)
    asked = reproduce.ask(house, who.key_id, *named, reason=body.reason, tolerance=body.tolerance)
    return reply(asked, 202)
