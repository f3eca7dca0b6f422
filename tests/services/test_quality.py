"""Quality of what comes is judged where the spec asks for it, and may hold up races."""

from dataclasses import replace

import polars as pl

from tenure.core.findings import Finding
from tenure.core.spec.values import QualityPart
from tenure.services import declare, quality
from tests.small.life import LIVE, Life
from tests.small.rows import DAY


def found(life: Life) -> list[Finding]:
    return life.read(lambda work: work.findings.list(life.tenant, kind=quality.QUALITY))


def asking(life: Life, *, races: bool = False) -> Life:
    """Return the life with days looked through, and rows amiss on its second and third day."""
    monitor = replace(life.spec.monitor, quality=QualityPart(limit=0.1, blocks_training=True))
    retrain = replace(life.spec.retrain, schedule="0 12 * * *" if races else None)
    spec = replace(life.spec, monitor=monitor, retrain=retrain)
    declare.apply(life.house, "anna", life.tenant, spec)
    odd = (pl.col("at") >= LIVE + DAY) & (pl.col("at") < LIVE + 3 * DAY)
    rows = life.rows.with_columns(
        x=pl.when(odd).then(None).otherwise(pl.col("x")),
        colour=pl.when(odd).then(pl.lit("c-green")).otherwise(pl.col("colour")),
    )
    return replace(life, spec=spec, rows=rows)


def test_rows_that_should_not_have_come_open_a_finding_that_closes_on_a_good_day(
    life: Life,
) -> None:
    life = asking(life, races=True)
    life.days(20, 22)
    (opened,) = found(life)
    assert opened.opened_at == LIVE + 2 * DAY
    assert opened.text.startswith(
        "2 of 7 checks: colour has a level that was not there in training"
    )
    assert "such as 'c-green'" in opened.text
    assert "x has no value in 100.0% of 24 rows" in opened.text
    life.days(22, 24)
    (closed,) = found(life)
    assert closed.closed_because == "nothing was amiss on 2024-01-24"
    reasons = [str(entry.facts["reason"]) for entry in life.told("study.skipped")]
    assert any(f"finding {opened.id} of quality is open" in reason for reason in reasons)


def test_nothing_is_looked_through_unless_the_spec_asks(life: Life) -> None:
    odd = replace(life, rows=life.rows.with_columns(x=pl.lit(None, pl.Float64)))
    odd.days(20, 22)
    assert found(odd) == []
