"""Logged answers in parts: the same as in one table, each request in one part, and no more is kept."""

import polars as pl
import pytest

from tenure.core.outcomes import FRAME_COLUMNS
from tenure.services import collect
from tenure.services.logged import logged_parts, logged_rows
from tenure.services.windows import day_windows
from tests.small.life import LIVE, Life
from tests.small.rows import A_DAY, DAY, HOUR


def lived(life: Life) -> None:
    """Collect a day in pieces; the first three hours are answered twice."""
    for since, until in ((0, 3), (0, 3), (3, 12), (12, 24)):
        life.answer(LIVE + since * HOUR, LIVE + until * HOUR)
        collect.gather(life.house)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_parts_are_the_table_whatever_their_size(life: Life, size: int) -> None:
    lived(life)
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        whole = logged_rows(life.house, work, model, LIVE, LIVE).select(FRAME_COLUMNS)
        parts = list(logged_parts(life.house, work, model, LIVE, LIVE, rows=size))
    order = ["time", "request_id", "row", "lane"]
    assert pl.concat(parts).sort(order).equals(whole)
    named = pl.concat([part.select("request_id").unique() for part in parts])
    assert named["request_id"].is_unique().all()
    assert len(parts) == 1 if size == 1000 else len(parts) > 3
    assert max(part.height for part in parts) < whole.height or size == 1000


def test_a_day_without_answers_has_no_part(life: Life) -> None:
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        assert list(logged_parts(life.house, work, model, LIVE + DAY, LIVE + DAY)) == []


def test_a_window_is_the_sum_of_its_parts(life: Life) -> None:
    life.step(LIVE, LIVE + DAY)
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        whole = day_windows(life.house, work, model, LIVE, LIVE)
        parts = day_windows(life.house, work, model, LIVE, LIVE, rows=5)
    assert [(w.id, w.predictions, w.version) for w in parts] == [
        (w.id, A_DAY, w.version) for w in whole
    ]
    assert [w.loss_sum for w in parts] == pytest.approx([w.loss_sum for w in whole])
    assert [w.labelled for w in parts] == [w.labelled for w in whole]
