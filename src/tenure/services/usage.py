"""Count what tenants use, where it is recorded anyway; measure what they store once a day."""

from dataclasses import replace
from datetime import datetime, timedelta

from tenure.core.models import GONE
from tenure.core.tenants import SYSTEM
from tenure.core.usage import Month, Usage, Used, month_of, months_of, usage_id
from tenure.ports.work import UnitOfWork
from tenure.services.house import House

FIRST_AFTER = timedelta(minutes=1)
"""A house that is only tried out has ended by then."""
_MOST = 1_000_000


def add(work: UnitOfWork, tenant_id: str, used: Used, amount: float, now: datetime) -> None:
    """Add to the month's use, in the unit of work of what was used; `now` is machine time.

    The tenant's clock is locked, as by everybody who counts, and before its ledger.
    """
    if not amount:
        return
    work.clocks.get(tenant_id, tenant_id, lock=True)
    name = usage_id(month_of(now), used)
    known = work.usage.find(tenant_id, name) or Usage(name, tenant_id)
    sum_ = replace(known, amount=known.amount + amount, times=known.times + 1, added_at=now)
    work.usage.put(tenant_id, sum_)


def trained_seconds(work: UnitOfWork, tenant_id: str, now: datetime) -> float:
    """Return the CPU seconds of training in the month under way."""
    found = work.usage.find(tenant_id, usage_id(month_of(now), Used.TRAINING))
    return found.amount if found is not None else 0.0


def models(work: UnitOfWork, tenant_id: str) -> int:
    """Return how many models there are that are not decommissioned."""
    gone = sum(work.models.count(tenant_id, state=state) for state in GONE)
    return work.models.count(tenant_id) - gone


def stored_bytes(work: UnitOfWork, tenant_id: str) -> int:
    """Return how much is stored: datasets, logged predictions, what trainings left, packages.

    What an earlier release wrote without its size counts nothing.
    """
    segments = {
        segment.digest: segment.bytes
        for dataset in work.datasets.list(tenant_id, limit=_MOST)
        for segment in dataset.segments
    }
    chunks = sum(one.bytes for one in work.chunks.list(tenant_id, limit=_MOST))
    runs = sum(one.bytes for one in work.runs.list(tenant_id, limit=_MOST))
    packages = sum(one.bytes for one in work.packages.list(tenant_id, limit=_MOST))
    return sum(segments.values()) + chunks + runs + packages


def of_tenant(house: House, tenant_id: str) -> list[Month]:
    """Return a tenant's months with their costs, the oldest first; the last one is under way."""
    month = month_of(house.clock.now())
    with house.store.read() as work:
        rows = work.usage.list(tenant_id, limit=_MOST)
        now = (month, models(work, tenant_id), stored_bytes(work, tenant_id))
    return months_of(tenant_id, rows, house.prices, now)


class Gauge:
    """Measures what tenants store, once a UTC day. One per worker process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._first = house.clock.now() + FIRST_AFTER
        self._measured = ""

    def look(self, now: datetime) -> int:
        """Measure whom nobody has measured today; return how many were."""
        today = f"{now:%Y-%m-%d}"
        if now < self._first or today == self._measured:
            return 0
        with self._house.store.read() as work:
            tenants = [one.id for one in work.tenants.list(SYSTEM, limit=_MOST)]
        measured = sum(self._measure(tenant_id, now) for tenant_id in tenants)
        self._measured = today
        return measured

    def _measure(self, tenant_id: str, now: datetime) -> bool:
        name = usage_id(month_of(now), Used.STORED)
        with self._house.store.read() as work:
            known = work.usage.find(tenant_id, name)
            if known is not None and known.added_at and known.added_at.date() >= now.date():
                return False
            stored = stored_bytes(work, tenant_id)
        with self._house.store.work() as work:
            add(work, tenant_id, Used.STORED, stored, now)
        return bool(stored)
