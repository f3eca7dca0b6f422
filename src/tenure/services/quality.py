"""Quality: count each finished day what came that should not have; open and close the finding.

Counts come from the day's stored profile, and from the log for what was refused or came twice. Only where
the spec has `[monitor.quality]`.
"""

from collections import Counter
from datetime import datetime

import polars as pl

from tenure.core import digests, quality
from tenure.core.calendar import DAY
from tenure.core.deployments import ANSWERED
from tenure.core.findings import Finding
from tenure.core.grains import ALL, Grain
from tenure.core.layouts import Tally, unpacked
from tenure.core.models import Model
from tenure.core.outcomes import CONTRACT
from tenure.core.quality import REFUSED, REPEATED, Seen
from tenure.core.references import Reference
from tenure.core.spec.values import Spec
from tenure.ports.work import UnitOfWork
from tenure.services import chunks, findings
from tenure.services.drifting import version_of
from tenure.services.house import House
from tenure.services.references import REFERENCES

QUALITY = "quality"
_COLUMNS = ("request_id", "row", "lane", "status")


def judge_day(house: House, work: UnitOfWork, model: Model, spec: Spec, day: datetime) -> None:
    """Judge one day that is over, and open or close the finding; nothing where it is not asked for.

    The day's profile has to be folded: `drifting.judge_day` does.
    """
    part, now = spec.monitor.quality, day + DAY
    if part is None:
        return
    opened = findings.find_open(work, model, QUALITY)
    seen, version = _requests(house, work, model, day), version_of(work, model, day)
    if version is not None:
        quiet_until = min(day, opened.opened_at - DAY) if opened is not None else day
        reference = REFERENCES.of(house, model.tenant_id, model.id, version)
        if reference is not None:
            seen += _columns(reference, _days(work, model, version, day), day, quiet_until)
    if not seen:
        return
    found = quality.faults(seen, part.limit)
    if found and opened is None:
        findings.begin(house, work, spec, _finding(model, version, found, len(seen), now))
    elif opened is not None and not found:
        findings.end(house, work, spec, opened, f"nothing was amiss on {day:%Y-%m-%d}", now)


def _days(work: UnitOfWork, model: Model, version: int, day: datetime) -> dict[datetime, Tally]:
    """Return the profiles of a day and of those before it that one version answered."""
    windows = work.profiles.list(
        model.tenant_id,
        model_id=model.id,
        version=version,
        segment=ALL,
        grain=Grain.DAY,
        since__gte=day - quality.QUIET_DAYS * DAY,
        since__lt=day + DAY,
        limit=1000,
    )
    return {one.since: unpacked(one.data) for one in windows}


def _columns(
    reference: Reference, days: dict[datetime, Tally], day: datetime, quiet_until: datetime
) -> list[Seen]:
    if day not in days:
        return []
    trained = quality.counted(reference, reference.whole)
    before = [quality.counted(reference, days[one]) for one in days if one < quiet_until]
    return [
        Seen(
            column,
            what,
            rows,
            of,
            usual=trained[column, what][0] / max(1, trained[column, what][1]),
            days=tuple(
                one[column, what][0] / max(1, one[column, what][1])
                for one in before
                if (column, what) in one
            ),
            example=example,
        )
        for (column, what), (rows, of, example) in quality.counted(reference, days[day]).items()
        if (column, what) in trained
    ]


def _requests(house: House, work: UnitOfWork, model: Model, day: datetime) -> list[Seen]:
    """Return how much of what was sent was refused or had come before; usually there is none."""
    stored = work.chunks.list(model.tenant_id, model_id=model.id, day=day, limit=1_000_000)
    if not stored:
        return []
    rows = chunks.unpack(house, stored, _COLUMNS).filter(pl.col("lane").is_in(ANSWERED))
    once = rows.unique(["request_id", "row", "lane"])
    codes = Counter(one for one in once["status"].to_list() if one.startswith(CONTRACT))
    code = codes.most_common(1)[0][0] if codes else ""
    quiet = (0.0,) * quality.LEAST_DAYS  # what a contract forbids has no usual share
    return [
        Seen("", REFUSED, codes.total(), once.height, days=quiet, example=code),
        Seen("", REPEATED, rows.height - once.height, rows.height, days=quiet),
    ]


def _finding(
    model: Model, version: int | None, found: list[Seen], tested: int, now: datetime
) -> Finding:
    first = found[0]
    return Finding(
        id=digests.short("f", model.id, QUALITY, now.isoformat()),
        tenant_id=model.tenant_id,
        model_id=model.id,
        kind=QUALITY,
        version=version,
        opened_at=now,
        closed_at=None,
        observed=first.share,
        expected=max((first.usual, *first.days)),
        low=first.share,
        high=first.share,
        rows=first.of,
        text=quality.in_words(found, tested),
    )
