"""Dataset versions over HTTP: rows go in as CSV or Parquet, manifests come out."""

from fastapi import Response

from tenure.api.bodies import TABLE, TableIn
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.datasets import DatasetVersion
from tenure.core.keys import Permission
from tenure.core.media import CSV, PARQUET
from tenure.services import datasets

router = Router("dataset")
_PATH = "/tenants/{tenant}/models/{model}/datasets"


@router.on("GET", _PATH, Permission.READ, gives=DatasetVersion, paged=True)
def list_datasets(house: HouseIn, tenant: str, model: str, page: PageIn) -> Response:
    """List the versions of a model's dataset."""
    return listed(house, (tenant, model), page, lambda work: work.datasets)


@router.on(
    "POST",
    _PATH,
    Permission.DEVELOP,
    gives=DatasetVersion,
    status=201,
    limit=TABLE,
    takes=(CSV, PARQUET),
)
def import_dataset(house: HouseIn, who: Who, tenant: str, model: str, table: TableIn) -> Response:
    """Import rows as a new version; the same bytes are one version.

    Rows that cannot be used are put aside, counted under `quarantined`; the good ones are kept.
    """
    data, media = table
    return reply(datasets.import_dataset(house, who.key_id, tenant, model, data, media), 201)


@router.on("GET", _PATH + "/{dataset}", Permission.READ, gives=DatasetVersion)
def show_dataset(house: HouseIn, tenant: str, model: str, dataset: str) -> Response:
    """Show one version: its columns, segments and what was left out."""
    return shown(house, (tenant, model), "dataset", lambda work: work.datasets, dataset)
