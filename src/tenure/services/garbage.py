"""Objects of logged predictions that nobody names any more: written down first, deleted later."""

from collections.abc import Iterable
from datetime import timedelta

from tenure.core.outcomes import Garbage
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House

GRACE = timedelta(hours=1)
"""For how long an object may still be read by whoever found its name before."""
_INSTANT = timedelta(microseconds=1)
_AT_ONCE = 1000


def discard(
    house: House,
    work: UnitOfWork,
    tenant_id: str,
    model_id: str,
    objects: Iterable[str],
    *,
    grace: timedelta = GRACE,
) -> None:
    """Write down that these objects are to be deleted when the grace is over."""
    due_at = house.clock.now() + grace
    for digest in objects:
        work.garbage.put(tenant_id, Garbage(digest, tenant_id, model_id, due_at))


def sweep(house: House, tenant_id: str) -> int:
    """Delete a tenant's objects whose grace is over; return how many. Repeating it is harmless."""
    with house.store.work() as work:
        due = work.garbage.list(tenant_id, due_at__lt=house.clock.now() + _INSTANT, limit=_AT_ONCE)
        kept = {
            chunk.digest
            for model_id in {one.model_id for one in due}
            for chunk in work.chunks.list(tenant_id, model_id=model_id, limit=1_000_000)
        }
        for one in due:
            if one.id not in kept:  # a reading that was repeated may have named it again
                house.blobs.remove(one.id)
                failpoint("garbage.after_removal")
            work.garbage.remove(tenant_id, one.id)
        failpoint("garbage.before_commit")
    return len(due)
