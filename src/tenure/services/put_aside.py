"""Quarantine: rows that were put aside are counted by reason and day, with one example."""

from dataclasses import replace
from datetime import datetime

from tenure.core import digests
from tenure.core.calendar import day_of
from tenure.core.outcomes import Quarantined
from tenure.ports.tables import Quarantine
from tenure.ports.work import UnitOfWork

SAMPLE_CHARACTERS = 200
POSTS_KEPT = 64


def digest_of(data: bytes) -> str:
    """Return a short name for a posted body."""
    return digests.of_bytes(data)[7:19]


def put_aside(
    work: UnitOfWork,
    tenant_id: str,
    model_id: str,
    found: Quarantine,
    at: datetime,
    *,
    post: str = "",
    again: bool = False,
) -> None:
    """Add what was found to the day's count of each reason. Nothing happens for no rows.

    `post` names the body that they came in: posted again because no answer arrived, it counts once.
    `again` says that the same rows may have been counted that day: the larger count stays.
    """
    posts = (post,) if post else ()
    for reason, (rows, sample) in found.items():
        quarantine_id = digests.short("qu", model_id, reason, day_of(at).isoformat())
        seen = work.quarantine.find(tenant_id, quarantine_id) if rows else None
        if rows and seen is None:
            text = sample[:SAMPLE_CHARACTERS]
            fresh = Quarantined(quarantine_id, tenant_id, model_id, reason, rows, text, at, posts)
            work.quarantine.add(tenant_id, fresh)
        elif seen is not None and post not in seen.posts:
            count = max(seen.rows, rows) if again else seen.rows + rows
            kept = (*seen.posts, *posts)[-POSTS_KEPT:]
            work.quarantine.save(tenant_id, replace(seen, rows=count, last_at=at, posts=kept))
