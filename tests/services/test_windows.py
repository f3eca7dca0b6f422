"""A day's window: what was answered, what of it is labelled, and what it lost; from the log alone."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from tenure.core.outcomes import Window
from tenure.ports.work import UnitOfWork
from tenure.services.logged import logged_rows
from tenure.services.windows import day_windows, outputs_and_labels, refresh_windows
from tests.small import server
from tests.small.life import LIVE, Life
from tests.small.rows import A_DAY, DAY, HOUR, between


def windows(life: Life, day: datetime = LIVE) -> dict[str, Window]:
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        found = day_windows(life.house, work, model, day, day + DAY)
    return {window.lane: window for window in found}


def test_a_day_without_answers_has_no_window(life: Life) -> None:
    assert windows(life) == {}


def test_every_lane_that_answered_has_one(life: Life) -> None:
    life.step(LIVE, LIVE + DAY)
    found = windows(life)
    assert set(found) == {"champion", "static"}
    known = A_DAY - 6  # the truth comes six hours later
    assert {(w.predictions, w.labelled) for w in found.values()} == {(A_DAY, known)}
    assert found["champion"].version == 1
    assert found["champion"].id != found["static"].id


def test_losses_are_those_of_the_labelled_answers(life: Life) -> None:
    life.step(LIVE, LIVE + DAY)
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        logged = logged_rows(life.house, work, model, LIVE, LIVE)
    truth = between(life.rows, "known", LIVE, LIVE + DAY).select("id", "left")
    mine = logged.filter(pl.col("lane") == "champion")
    judged = mine.join(truth, left_on="request_id", right_on="id")
    said = judged["output"].list.first().to_numpy()
    left = (judged["left"] == "yes").to_numpy()
    window = windows(life)["champion"]
    assert window.labelled == len(left)
    assert window.brier_sum == pytest.approx(((said - left) ** 2).sum())
    assert window.loss_sum == pytest.approx(-np.log(np.where(left, said, 1 - said)).sum())


def test_answers_that_failed_are_not_judged(life: Life) -> None:
    rows = between(life.rows, "at", LIVE, LIVE + 3 * HOUR)
    server.answer(life.house, life.tenant, life.model, rows, status="error")
    life.collect(LIVE + DAY)
    assert windows(life) == {}


def test_a_late_label_is_added_to_a_day_that_was_judged_and_to_no_other(life: Life) -> None:
    life.answer(LIVE, LIVE + DAY)
    life.label(LIVE, LIVE + 12 * HOUR)
    life.advance(LIVE + 3 * DAY)

    def read(work: UnitOfWork) -> list[Window]:
        return work.windows.list(life.tenant, model_id=life.model, lane="champion")

    (judged,) = life.read(read)
    life.label(LIVE + 12 * HOUR, LIVE + 2 * DAY)
    life.advance(LIVE + 3 * DAY + HOUR)
    (again,) = life.read(read)
    assert (judged.labelled, again.labelled) == (6, A_DAY)
    assert again.first_judged_at == judged.first_judged_at
    with life.house.store.work() as work:
        model = work.models.get(life.tenant, life.model)
        refresh_windows(life.house, work, model, [LIVE + DAY])
    assert life.read(read) == [again]


def test_outputs_are_a_matrix_with_a_row_for_each_label() -> None:
    judged = pl.DataFrame(
        {"output": [[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]], "label": [1.0, 0.0, 0.0]}
    )
    outputs, labels = outputs_and_labels(judged)
    assert outputs.shape == (3, 2)
    assert outputs[0] == pytest.approx([0.2, 0.8])
    assert np.array_equal(labels, [1.0, 0.0, 0.0])
