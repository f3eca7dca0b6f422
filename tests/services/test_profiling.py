"""Profiles of answers: counted once, with the log's position, into the hour they belong to."""

from dataclasses import replace
from datetime import datetime

import polars as pl
import pytest

from tenure.core.errors import TenureError
from tenure.core.grains import Grain, ProfileWindow
from tenure.core.layouts import Tally, unpacked
from tenure.core.versions import Version
from tenure.ports.work import UnitOfWork
from tenure.services import collect, profiling
from tenure.services.failpoints import arm, disarm
from tenure.services.references import REFERENCES
from tests.small import server
from tests.small.life import LIVE, Life
from tests.small.rows import A_DAY, BEGIN, DAY, HOUR, between


def windows(life: Life) -> list[ProfileWindow]:
    return life.read(lambda work: work.profiles.list(life.tenant, model_id=life.model))


def tally(life: Life, since: datetime = LIVE, until: datetime = LIVE + 30 * DAY) -> Tally | None:
    def look(work: UnitOfWork) -> Tally | None:
        model = work.models.get(life.tenant, life.model)
        return profiling.between(work, model, 1, "", since, until)

    return life.read(look)


def same(one: Tally | None, other: Tally | None) -> bool:
    assert one is not None
    assert other is not None
    assert (one.rows, one.counts.tolist()) == (other.rows, other.counts.tolist())
    assert one.absent.tolist() == other.absent.tolist()
    assert one.sums == pytest.approx(other.sums, rel=1e-12, abs=1e-12)
    assert (one.lows.tolist(), one.highs.tolist()) == (other.lows.tolist(), other.highs.tolist())
    return True


def without_reference(life: Life) -> Version:
    """Make the live version one of a home that knew no references; return it as it was."""
    with life.house.store.work() as work:
        version = work.versions.get(life.tenant, f"{life.model}/1")
        work.versions.save(life.tenant, replace(version, reference=""))
    REFERENCES.forget()
    return version


def test_each_hour_of_answers_has_a_window_with_every_row_in_it(life: Life) -> None:
    life.answer(LIVE, LIVE + DAY)
    life.collect(LIVE + DAY)
    found = windows(life)
    assert {one.grain for one in found} == {Grain.HOUR}
    assert [one.since for one in found] == [LIVE + n * HOUR for n in range(A_DAY)]
    assert all(one.rows == unpacked(one.data).rows == 1 for one in found)
    whole = tally(life)
    assert whole is not None
    fields = 5  # x, y, colour, the prediction, the label
    assert whole.counts.sum() + whole.absent.sum() == fields * A_DAY


def test_rows_that_come_late_go_into_their_own_hour(life: Life) -> None:
    life.answer(LIVE + 2 * HOUR, LIVE + 4 * HOUR)
    life.collect(LIVE + 4 * HOUR)
    late = between(life.rows, "at", LIVE, LIVE + 3 * HOUR).with_columns(pl.col("id") + "-late")
    server.answer(life.house, life.tenant, life.model, late.reverse())
    life.collect(LIVE + 5 * HOUR)
    assert [one.rows for one in windows(life)] == [1, 1, 2, 1]


def test_answers_that_failed_are_not_profiled(life: Life) -> None:
    rows = between(life.rows, "at", LIVE, LIVE + DAY)
    server.answer(life.house, life.tenant, life.model, rows, status="feature.bad_value")
    life.collect(LIVE + DAY)
    assert windows(life) == []


def test_hours_become_days_and_days_become_months_and_nothing_is_lost(life: Life) -> None:
    life.answer(LIVE, LIVE + 2 * DAY)
    life.collect(LIVE + 2 * DAY)
    before, far = tally(life), LIVE + 200 * DAY
    for now, grains in (
        (LIVE + DAY, {Grain.HOUR, Grain.DAY}),
        (LIVE + 2 * DAY, {Grain.DAY}),
        (far, {Grain.MONTH}),
    ):
        with life.house.store.work() as work:
            profiling.fold(work, work.models.get(life.tenant, life.model), now)
        assert {one.grain for one in windows(life)} == grains
        assert same(before, tally(life, BEGIN - 40 * DAY, far))


def test_a_version_without_a_reference_is_not_profiled(life: Life) -> None:
    without_reference(life)
    life.answer(LIVE, LIVE + DAY)
    life.collect(LIVE + DAY)
    assert windows(life) == []


def test_rows_are_counted_again_when_a_reference_has_come_meanwhile(life: Life) -> None:
    version = without_reference(life)
    life.answer(LIVE, LIVE + DAY)

    def another(name: str) -> None:
        if name == "collect.after_blobs":  # the rows are counted, and not yet recorded
            with life.house.store.work() as work:
                work.versions.save(life.tenant, version)

    arm(another)
    try:
        collect.gather(life.house)
    finally:
        disarm(another)
    assert sum(one.rows for one in windows(life)) == A_DAY


def test_what_was_counted_without_a_reference_is_refused_when_there_is_one(life: Life) -> None:
    counted = profiling.Counted((), frozenset({(life.tenant, life.model, 1)}))
    with life.house.store.work() as work, pytest.raises(TenureError, match=r"profile\.overtaken"):
        profiling.add(work, counted)
