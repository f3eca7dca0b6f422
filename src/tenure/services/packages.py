"""Take in packages of training code: named by what they hold, known to their tenant only."""

from collections.abc import Iterable

from tenure.core.errors import not_found
from tenure.core.events import Event, Facts
from tenure.core.packages import Package, name_of, unpack
from tenure.core.spec.values import Spec
from tenure.ports.work import UnitOfWork
from tenure.services import quotas
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record


def receive(house: House, actor: str, tenant_id: str, data: bytes) -> Package:
    """Keep a package; the same bytes again are the same package. Nothing of it is run here.

    Raises `package.malformed`, `package.too_large`, `quota.storage`.
    """
    files = unpack(data)
    digest = name_of(data)
    house.blobs.put(data)
    failpoint("packages.after_blob")
    with house.store.work() as work:
        known = work.packages.find(tenant_id, digest)
        if known is not None:
            return known
        quotas.check_storage(work, tenant_id, len(data))
        now = business_now(house, work, tenant_id)
        package = Package(digest, tenant_id, now, tuple(sorted(files)), len(data))
        work.packages.add(tenant_id, package)
        facts: Facts = {
            "files": len(files),
            "bytes": len(data),
        }
        record(
            house, work, Event("package.received", tenant_id, "", digest, now, facts), actor=actor
        )
        failpoint("packages.before_commit")
    failpoint("packages.after_commit")
    return package


def check_packages(work: UnitOfWork, tenant_id: str, spec: Spec) -> None:
    """Raise `package.not_found` when a lane trains with code that the tenant has not handed in."""
    for digest in _named(spec):
        if work.packages.find(tenant_id, digest) is None:
            raise not_found(
                "package.not_found",
                f"there is no package {digest}",
                where=spec.model.tenant,
                hint="tenure apply hands it in; the API takes it at POST /tenants/{tenant}/packages",
            )


def _named(spec: Spec) -> Iterable[str]:
    codes = (lane.train.code for lane in spec.lanes())
    return dict.fromkeys(code.package for code in codes if code is not None)
