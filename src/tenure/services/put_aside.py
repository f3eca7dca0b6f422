"""Quarantine: rows that were put aside are counted by reason and day, with one example."""

from dataclasses import replace
from datetime import datetime

from tenure.core import digests
from tenure.core.calendar import day_of
from tenure.core.outcomes import Quarantined
from tenure.ports.work import UnitOfWork

SAMPLE_CHARACTERS = 200


def put_aside(
    work: UnitOfWork,
    tenant_id: str,
    model_id: str,
    reason: str,
    rows: int,
    sample: str,
    at: datetime,
) -> None:
    """Add `rows` to the day's count of a reason. Nothing happens for no rows."""
    if rows == 0:
        return
    quarantine_id = digests.short("qu", model_id, reason, day_of(at).isoformat())
    seen = work.quarantine.find(tenant_id, quarantine_id)
    if seen is None:
        fresh = Quarantined(
            quarantine_id, tenant_id, model_id, reason, rows, sample[:SAMPLE_CHARACTERS], at
        )
        work.quarantine.add(tenant_id, fresh)
    else:
        work.quarantine.save(tenant_id, replace(seen, rows=seen.rows + rows, last_at=at))
