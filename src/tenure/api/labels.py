"""Labels, and predictions made elsewhere, over HTTP: taken in at once, joined by the worker.

Each has a full address and a short one: an application's key says which tenant is meant, so
`POST /api/v1/labels?model=arrival-delay` is enough.
"""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import Query, Response

from tenure import decoders
from tenure.api.bodies import ROWS, RowsIn
from tenure.api.replies import reply
from tenure.api.routes import HouseIn, Router, Who, allow, check_tenant
from tenure.core.errors import invalid
from tenure.core.keys import Permission, Principal
from tenure.core.media import CSV, JSON, PARQUET
from tenure.core.tenants import SYSTEM
from tenure.services import join, log
from tenure.services.house import House

router = Router("label")
_MODEL = "/tenants/{tenant}/models/{model}"
_MEDIA = (JSON, CSV, PARQUET)
ModelQuery = Annotated[
    str,
    Query(min_length=1, max_length=200, description="arrival-delay, or DL/arrival-delay"),
]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was taken in. `quarantined` counts the rows that were put aside, by reason."""

    batch: str
    rows: int
    quarantined: dict[str, int]


@router.on(
    "POST",
    _MODEL + "/labels",
    Permission.WRITE_DATA,
    gives=Receipt,
    status=202,
    limit=ROWS,
    takes=_MEDIA,
)
def post_labels(house: HouseIn, who: Who, tenant: str, model: str, rows: RowsIn) -> Response:
    """Take labels in, as `{"labels": [{…}]}`, CSV or Parquet; the worker joins them."""
    return _label(house, who, (tenant, model), rows)


@router.on(
    "POST", "/labels", Permission.WRITE_DATA, gives=Receipt, status=202, limit=ROWS, takes=_MEDIA
)
def post_own_labels(house: HouseIn, who: Who, model: ModelQuery, rows: RowsIn) -> Response:
    """Take labels of the key's own tenant in."""
    return _label(house, who, _own_path(house, who, model), rows)


@router.on(
    "POST",
    _MODEL + "/predictions",
    Permission.WRITE_DATA,
    gives=Receipt,
    status=202,
    limit=ROWS,
    takes=_MEDIA,
)
def post_predictions(house: HouseIn, tenant: str, model: str, rows: RowsIn) -> Response:
    """Take predictions in that were made elsewhere, as `{"predictions": [{…}]}`, CSV or Parquet."""
    return _log(house, (tenant, model), rows)


@router.on(
    "POST",
    "/predictions",
    Permission.WRITE_DATA,
    gives=Receipt,
    status=202,
    limit=ROWS,
    takes=_MEDIA,
)
def post_own_predictions(house: HouseIn, who: Who, model: ModelQuery, rows: RowsIn) -> Response:
    """Take predictions in that were made elsewhere for the key's own tenant."""
    return _log(house, _own_path(house, who, model), rows)


def _label(
    house: House, who: Principal, path: tuple[str, str], rows: tuple[bytes, str]
) -> Response:
    data = _unwrapped(*rows, "labels")
    taken = join.receive(house, *path, data, rows[1], sent_by=who.key_id)
    return reply(Receipt(taken.batch_id, taken.rows, taken.quarantined), 202)


def _log(house: House, path: tuple[str, str], rows: tuple[bytes, str]) -> Response:
    data = _unwrapped(*rows, "predictions")
    taken = log.receive(house, *path, data, rows[1])
    return reply(Receipt(taken.batch_id, taken.rows, taken.quarantined), 202)


def _unwrapped(data: bytes, media: str, noun: str) -> bytes:
    """Return the list in `{"labels": [{…}]}`; whatever else it is, the tables know better."""
    if media != JSON:
        return data
    try:
        body = decoders.of_json(dict[str, msgspec.Raw]).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return data
    return bytes(body[noun]) if body.keys() == {noun} else data


def _own_path(house: House, who: Principal, model: str) -> tuple[str, str]:
    """Return tenant and model of `arrival-delay` or `DL/arrival-delay`, when the key may."""
    tenant_id, slash, model_id = model.rpartition("/")
    if not slash:
        tenant_id = who.tenant_id
    if tenant_id == SYSTEM:
        raise invalid(
            "model.no_tenant",
            "a key of the house must say whose model is meant",
            where="query.model",
            hint="?model=DL/arrival-delay",
        )
    allow(who, Permission.WRITE_DATA, tenant_id)
    check_tenant(house, tenant_id)
    return tenant_id, model_id
