"""Versions, their evidence and their approval over HTTP."""

from typing import Annotated

from fastapi import Depends, Path, Query, Response

from tenure.api.bodies import BYTES, FILE, Body, FileIn, InstantQuery, Text
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.evidence import Evidence
from tenure.core.keys import Permission
from tenure.core.versions import Assurance, Version
from tenure.services import adopt

router = Router("version")
_PATH = "/tenants/{tenant}/models/{model}/versions"
Number = Annotated[int, Path(ge=1, lt=2**31)]


def origin(
    name: Annotated[str, Query(description="what the file is called", max_length=100)],
    format: Annotated[str, Query(description="its format, when the name does not tell")] = "",  # noqa: A002  # as it is called outside
    trained_until: InstantQuery = None,
) -> adopt.Origin:
    """Read what a file's maker says of it."""
    return adopt.Origin(name, format, trained_until)


OriginIn = Annotated[adopt.Origin, Depends(origin)]


class GivenReason(Body):
    """Why a person does it; the ledger keeps it."""

    reason: Text


@router.on("GET", _PATH, Permission.READ, gives=Version, paged=True)
def list_versions(
    house: HouseIn, tenant: str, model: str, page: PageIn, state: Assurance | None = None
) -> Response:
    """List a model's versions."""
    return listed(house, (tenant, model), page, lambda work: work.versions, state=state)


@router.on(
    "POST", _PATH, Permission.DEVELOP, gives=adopt.Upload, status=202, limit=FILE, takes=(BYTES,)
)
def add_version(
    house: HouseIn, who: Who, tenant: str, model: str, file: FileIn, said: OriginIn
) -> Response:
    """Hand in a model file that was made elsewhere; the study that is named will judge it.

    The body is the file. LightGBM text, XGBoost JSON or UBJSON, CatBoost, ONNX, and scikit-learn as
    skops, joblib or pickle are opened in a jail, compiled, and compared with the original.
    """
    return reply(adopt.receive(house, who.key_id, tenant, model, file[0], said), 202)


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
