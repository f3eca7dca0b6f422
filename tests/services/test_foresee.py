"""What came in says that accuracy will have got worse: a finding before any label, and its end."""

from dataclasses import replace

import polars as pl

from tenure.core.findings import Finding
from tenure.core.jobs import JobKind
from tenure.services import declare
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY

KNOWN = 14
SHIFTED, CALM = LIVE + KNOWN * DAY, LIVE + (KNOWN + 2) * DAY
WATCHED = spec_of(challengers={"static": {}}, monitor={"estimate": True})


def findings(life: Life) -> list[Finding]:
    return life.read(lambda work: work.findings.list(life.tenant, kind="estimate"))


def shifted(rows: pl.DataFrame) -> pl.DataFrame:
    """For two days everything lies in the middle, where the model is least sure."""
    squeezed = (pl.col("at") >= SHIFTED) & (pl.col("at") < CALM)
    middle = [
        pl.when(squeezed).then(pl.col(name) * 0.02).otherwise(name).alias(name) for name in "xy"
    ]
    return rows.with_columns(middle)


def test_a_shift_is_a_finding_before_any_label_and_closes_when_it_is_over(life: Life) -> None:
    watched = replace(life, spec=WATCHED, rows=shifted(life.rows))
    watched.answer(LIVE, SHIFTED)
    watched.label(LIVE, SHIFTED)
    watched.advance(SHIFTED)
    declare.apply(life.house, "anna", life.tenant, WATCHED)
    watched.work()
    assert findings(watched) == []
    watched.answer(SHIFTED, CALM)
    watched.advance(CALM)
    (opened,) = findings(watched)
    assert (opened.version, opened.opened_at, opened.closed_at) == (1, CALM, None)
    assert opened.low > opened.expected
    assert "no label says so yet" in opened.text
    assert [entry.subject for entry in watched.told("incident.opened")] == [opened.incident]
    watched.answer(CALM, CALM + 3 * DAY)
    watched.advance(CALM + 3 * DAY)
    (closed,) = findings(watched)
    assert closed.closed_at == CALM + 3 * DAY


def test_a_spec_that_asks_no_more_ends_the_looking(life: Life) -> None:
    declare.apply(life.house, "anna", life.tenant, WATCHED)
    watched = replace(life, spec=WATCHED)
    watched.advance(LIVE + DAY)
    declare.apply(life.house, "anna", life.tenant, life.spec)
    watched.advance(LIVE + 3 * DAY)
    looks = [job for job in watched.jobs() if job.kind is JobKind.FORESEE]
    assert all(job.due_at is not None and job.due_at <= LIVE + 2 * DAY for job in looks)
