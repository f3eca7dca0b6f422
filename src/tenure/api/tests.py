"""Tests of models over HTTP: what their CI reported, and what the history says of each test."""

from typing import Annotated, Literal

from fastapi import Query, Response

from tenure.api.bodies import REPORT, XML, QueryText, ReportIn
from tenure.api.reading import listed
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.evidence import Evidence
from tenure.core.keys import Permission
from tenure.services import tests

router = Router("test")
_PATH = "/tenants/{tenant}/models/{model}/tests"


@router.on("POST", _PATH, Permission.DEVELOP, gives=Evidence, status=201, limit=REPORT, takes=XML)
def import_tests(
    house: HouseIn,
    who: Who,
    tenant: str,
    model: str,
    file: ReportIn,
    version: Annotated[int, Query(ge=0, lt=2**31, description="0: of the model itself")] = 0,
    commit: QueryText = None,
) -> Response:
    """Import a JUnit or a Cobertura file; it is kept as evidence.

    What is imported for the model itself is inherited by the versions that are registered while it is
    in force. The commit of a workload's own token stands above what the request says.
    """
    report = tests.Report(file[0], version, commit or "")
    return reply(tests.receive(house, who, tenant, model, report), 201)


@router.on("GET", _PATH, Permission.READ, gives=Evidence, paged=True)
def list_tests(
    house: HouseIn,
    tenant: str,
    model: str,
    page: PageIn,
    kind: Literal["tests", "coverage"] = "tests",
) -> Response:
    """List the runs of a model's tests, or its coverage, oldest first."""
    return listed(house, (tenant, model), page, lambda work: work.evidence, kind=kind)


@router.on("GET", _PATH + "/history", Permission.READ, gives=tests.SuiteHistory)
def show_test_history(
    house: HouseIn,
    tenant: str,
    model: str,
    last: Annotated[int, Query(ge=1, le=200, description="how many of the newest runs")] = 50,
) -> Response:
    """Say what the newest runs say of each test: outcomes, flaky, regressed, durations."""
    return reply(tests.history(house, tenant, model, last))
