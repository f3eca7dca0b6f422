"""Quarantine: rows that were put aside are counted by reason and day, with one example."""

from dataclasses import replace
from datetime import datetime

from tenure.core import digests
from tenure.core.calendar import day_of
from tenure.core.outcomes import Quarantined
from tenure.ports.work import UnitOfWork

SAMPLE_CHARACTERS = 200
POSTS_KEPT = 64


def digest_of(data: bytes) -> str:
    """Return a short name for a posted body."""
    return digests.of_bytes(data)[7:19]


def put_aside(  # noqa: PLR0913  # what, why, how many, and what they came in
    work: UnitOfWork,
    tenant_id: str,
    model_id: str,
    reason: str,
    rows: int,
    sample: str,
    at: datetime,
    *,
    post: str = "",
) -> None:
    """Add `rows` to the day's count of a reason. Nothing happens for no rows.

    `post` names the body that they came in: posted again because no answer arrived, it counts once.
    """
    if rows == 0:
        return
    quarantine_id = digests.short("qu", model_id, reason, day_of(at).isoformat())
    seen = work.quarantine.find(tenant_id, quarantine_id)
    posts = (post,) if post else ()
    if seen is None:
        example = sample[:SAMPLE_CHARACTERS]
        fresh = Quarantined(quarantine_id, tenant_id, model_id, reason, rows, example, at, posts)
        work.quarantine.add(tenant_id, fresh)
    elif post not in seen.posts:
        kept = (*seen.posts, *posts)[-POSTS_KEPT:]
        more = replace(seen, rows=seen.rows + rows, last_at=at, posts=kept)
        work.quarantine.save(tenant_id, more)
