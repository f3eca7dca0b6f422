"""Profiles that are computed again from the log are those that were collected, number by number."""

from tenure.core.grains import Grain
from tenure.services import profiling, reprofile
from tests.services.test_profiling import same, tally, windows, without_reference
from tests.small.life import LIVE, Life
from tests.small.rows import A_DAY, DAY


def collected(life: Life, days: int) -> None:
    for day in range(days):
        life.answer(LIVE + day * DAY, LIVE + (day + 1) * DAY)
        life.collect(LIVE + (day + 1) * DAY)


def folded(life: Life, days: int) -> None:
    with life.house.store.work() as work:
        profiling.fold(work, work.models.get(life.tenant, life.model), LIVE + days * DAY)


def test_windows_computed_again_are_those_that_were_collected(life: Life) -> None:
    collected(life, 3)
    before = [tally(life, LIVE + day * DAY, LIVE + (day + 1) * DAY) for day in range(3)]
    with life.house.store.work() as work:  # what a defect would have left
        for one in work.profiles.list(life.tenant, model_id=life.model)[::2]:
            work.profiles.remove(life.tenant, one.id)
    assert reprofile.rebuild(life.house, life.tenant, life.model) == 3 * A_DAY
    after = [tally(life, LIVE + day * DAY, LIVE + (day + 1) * DAY) for day in range(3)]
    assert all(map(same, before, after))
    assert reprofile.rebuild(life.house, life.tenant, life.model) == 3 * A_DAY
    assert same(before[0], tally(life, LIVE, LIVE + DAY))


def test_a_month_is_computed_again_day_by_day(life: Life) -> None:
    collected(life, 2)
    before = tally(life)
    for days in (2, 200):
        folded(life, days)
    assert {one.grain for one in windows(life)} == {Grain.MONTH}
    assert reprofile.rebuild(life.house, life.tenant, life.model) == 2 * A_DAY
    assert {one.grain for one in windows(life)} == {Grain.DAY}
    assert same(before, tally(life))


def test_a_month_of_which_a_part_of_the_log_is_gone_keeps_its_window(life: Life) -> None:
    collected(life, 2)
    for days in (2, 200):
        folded(life, days)
    with life.house.store.work() as work:
        (first, *_) = work.chunks.list(life.tenant, model_id=life.model, day=LIVE)
        work.chunks.remove(life.tenant, first.id)
    assert reprofile.rebuild(life.house, life.tenant, life.model) == 0
    assert [(one.grain, one.rows) for one in windows(life)] == [(Grain.MONTH, 2 * A_DAY)]


def test_a_version_that_gets_its_reference_later_is_profiled_from_the_log(life: Life) -> None:
    version = without_reference(life)
    collected(life, 1)
    with life.house.store.work() as work:
        work.versions.save(life.tenant, version)
    assert reprofile.rebuild(life.house, life.tenant, life.model) == A_DAY
    assert sum(one.rows for one in windows(life)) == A_DAY
