"""Remove the keys of sessions and workloads that ended long ago: a CI leaves one with every job.

Who a key spoke for stands in the ledger's entry of its making, which stays.
"""

from datetime import datetime, timedelta

from tenure.core.events import Event
from tenure.core.keys import ApiKey, Origin
from tenure.core.tenants import SYSTEM
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import record

EVERY = timedelta(hours=1)
_MOST = 1_000_000


class Sweeper:
    """Looks once an hour. One per worker process; two do no harm."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._next = house.clock.now() + EVERY

    def look(self, now: datetime) -> int:
        """Remove what ended long enough ago; return how many keys that were."""
        if now < self._next:
            return 0
        self._next = now + EVERY
        with self._house.store.read() as work:
            owners = [SYSTEM, *(one.id for one in work.tenants.list(SYSTEM, limit=_MOST))]
        return sum(self._sweep(owner, now) for owner in owners)

    def _sweep(self, tenant_id: str, now: datetime) -> int:
        before = now - self._house.identities.keep
        with self._house.store.read() as work:
            ended = [
                key.id for key in work.keys.list(tenant_id, limit=_MOST) if _is_over(key, before)
            ]
        if not ended:
            return 0
        with self._house.store.work() as work:
            work.keys.remove_all(tenant_id, ended)
            event = Event("keys.swept", tenant_id, "", tenant_id, now, {"keys": len(ended)})
            record(self._house, work, event)
            failpoint("sweep.before_commit")
        failpoint("sweep.after_commit")
        return len(ended)


def _is_over(key: ApiKey, before: datetime) -> bool:
    """Return whether a session or a workload's key ended before an instant; others stay."""
    ends = [at for at in (key.expires_at, key.revoked_at) if at is not None]
    return key.origin is not Origin.MINTED and bool(ends) and min(ends) <= before
