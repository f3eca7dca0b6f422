"""Packages of training code over HTTP."""

from fastapi import Response

from tenure.api.bodies import BYTES, TRAINING_CODE, FileIn
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.keys import Permission
from tenure.core.packages import Package
from tenure.services import packages

router = Router("package")
_PATH = "/tenants/{tenant}/packages"


@router.on(
    "POST",
    _PATH,
    Permission.DEVELOP,
    gives=Package,
    status=201,
    limit=TRAINING_CODE,
    takes=(BYTES,),
)
def add_package(house: HouseIn, who: Who, tenant: str, file: FileIn) -> Response:
    """Hand in a package of training code, as an uncompressed ZIP; a spec names it by its digest.

    The same bytes again are the same package. Nothing of it is run before a race trains with it.
    """
    return reply(packages.receive(house, who.key_id, tenant, file[0]), 201)


@router.on("GET", _PATH, Permission.READ, gives=Package, paged=True)
def list_packages(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List a tenant's packages of training code."""
    with house.store.read() as work:
        found = work.packages.list(tenant, limit=page.one_more, after=page.after)
    return page.reply(found, lambda one: one.id)
