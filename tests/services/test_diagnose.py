"""Why a model got worse is looked into once, when the finding opens, and kept with it."""

from dataclasses import replace

import numpy as np
import polars as pl

from tenure.core.findings import Finding
from tenure.core.jobs import JobKind
from tests.small.life import LIVE, Life
from tests.small.rows import A_DAY, DAY

BAD = LIVE + 6 * DAY


def spoilt(life: Life) -> Life:
    """Return the life in which most of the red rows come out the other way from the sixth day on."""
    rows = life.rows
    random = np.random.default_rng(5).random(rows.height)
    odd = (pl.col("at") >= BAD) & pl.col("colour").str.ends_with("red") & (pl.lit(random) < 0.9)
    other = pl.when(pl.col("left") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes"))
    left = pl.when(odd).then(other).otherwise(pl.col("left"))
    return replace(life, rows=rows.with_columns(left.alias("left")))


def finding(life: Life) -> Finding:
    (found,) = life.read(lambda work: work.findings.list(life.tenant, kind="accuracy"))
    return found


def test_a_finding_says_which_rows_it_comes_from_and_what_changed(life: Life) -> None:
    life = spoilt(life)
    life.days(20, 34)
    found = finding(life)
    why = found.diagnosis
    assert why is not None
    assert why.since == BAD
    assert why.rows == A_DAY * (why.until - why.since).days
    assert why.rows_before > A_DAY * 6  # the holdout as well
    assert why.parts[0].words == "colour = c-red"
    assert why.parts[0].share > 0.8
    assert "version 1 went live 2024-01-21" in why.what_changed
    assert "no contract violation" in why.what_changed
    (entry,) = life.told("finding.diagnosed")
    assert (entry.subject, entry.facts["parts"]) == (found.id, "colour = c-red")

    jobs = [job for job in life.jobs() if job.kind is JobKind.DIAGNOSE]
    assert [job.payload["finding_id"] for job in jobs] == [found.id]
