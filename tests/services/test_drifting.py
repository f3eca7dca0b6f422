"""Drift of a served model: nothing on quiet days, a finding when it lasts, closed when it is over."""

from dataclasses import replace

import polars as pl

from tenure.core.findings import Finding
from tenure.core.references import Quiet, Reference, to_bytes
from tenure.core.shifts import DriftDay, Verdict
from tenure.services import drift_report
from tenure.services.references import REFERENCES
from tests.services.test_profiling import tally, without_reference
from tests.small.life import LIVE, Life
from tests.small.rows import A_DAY, DAY


def drift_days(life: Life) -> list[DriftDay]:
    return life.read(lambda work: work.drift_days.list(life.tenant, model_id=life.model))


def findings(life: Life) -> list[Finding]:
    return life.read(
        lambda work: work.findings.list(life.tenant, model_id=life.model, kind="drift")
    )


def moved(life: Life, days: int) -> Life:
    """Return the life with x two deviations higher for so many days from the sixth day on."""
    since = LIVE + 6 * DAY
    in_it = (pl.col("at") >= since) & (pl.col("at") < since + days * DAY)
    x = pl.when(in_it).then(pl.col("x") + 2.0).otherwise(pl.col("x"))
    return replace(life, rows=life.rows.with_columns(x.alias("x")))


def with_quiet_history(life: Life) -> None:
    """Let the live version know of eight quiet weeks: the small life is too short for them."""
    kept = REFERENCES.of(life.house, life.tenant, life.model, 1)
    assert kept is not None
    quiet = {one.name: Quiet(2.5, 0.5, 8.0) for one in kept.layout.fields}
    known = Reference(kept.layout, kept.whole, kept.days, quiet, kept.importance)
    with life.house.store.work() as work:
        version = work.versions.get(life.tenant, f"{life.model}/1")
        digest = life.house.blobs.put(to_bytes(known))
        work.versions.save(life.tenant, replace(version, reference=digest))
    REFERENCES.forget()


def test_drift_that_lasts_opens_a_finding_that_names_what_moved_and_closes_when_it_is_over(
    life: Life,
) -> None:
    with_quiet_history(life)
    shifted = moved(life, days=4)
    shifted.days(20, 26)
    found = drift_days(life)
    assert [one.day for one in found] == [LIVE + n * DAY for n in range(6)]
    assert [one.rows for one in found] == [A_DAY * (n + 1) for n in range(6)]
    assert not found[0].is_judged  # a day of 24 rows says nothing; five of them do
    assert found[-1].is_judged
    assert findings(life) == []
    shifted.days(26, 30)
    (opened,) = findings(life)
    assert opened.closed_at is None
    assert opened.text.startswith("2 columns of 5 drifted on 3 days in a row: x [mean ")
    assert "usually 2.5" in opened.text
    (entry,) = [one for one in life.told("finding.opened") if one.facts["kind"] == "drift"]
    assert entry.facts["columns"] == "x, prediction"
    causes = {job.payload.get("cause") for job in life.jobs()}
    assert f"finding:{opened.id}" not in causes  # it informs, it does not retrain
    shifted.days(30, 39)
    (closed,) = findings(life)
    assert closed.closed_because == "nothing has drifted for 3 judged days"
    assert closed.id in {one.subject for one in life.told("finding.closed")}


def test_labels_drift_as_columns_do_and_are_judged_once_they_are_final(life: Life) -> None:
    with_quiet_history(life)
    changes = pl.col("at") >= LIVE + 4 * DAY
    left = pl.when(changes).then(pl.lit("yes")).otherwise(pl.col("left"))
    all_leave = replace(life, rows=life.rows.with_columns(left.alias("left")))
    all_leave.days(20, 34)
    first = {one.name: one.verdict for one in drift_days(life)[4].shifts}
    assert first["label"] == Verdict.NOT_ENOUGH  # of four days they are final
    (opened,) = findings(life)
    assert opened.text.startswith("1 column of 5 drifted on 3 days in a row: label [mean 0.")
    with life.house.store.read() as work:
        newest = work.drift_days.list(life.tenant, model_id=life.model)[-1]
    _, report = drift_report.report(life.house, life.tenant, life.model, newest.day)
    said = next(one for one in report.columns if one.column == "label")
    assert said.verdict is Verdict.DRIFTED
    assert said.current is not None
    assert said.current.values == 7 * A_DAY


def test_a_home_without_references_is_profiled_from_its_log_when_a_day_is_judged(
    life: Life,
) -> None:
    version = without_reference(life)
    life.answer(LIVE, LIVE + DAY)
    life.collect(LIVE + DAY)
    assert tally(life) is None
    life.work()
    after = life.read(lambda work: work.versions.get(life.tenant, version.id))
    assert after.reference == version.reference
    whole = tally(life)
    assert whole is not None
    assert whole.rows == A_DAY
    assert [one.rows for one in drift_days(life)] == [A_DAY]
