"""Estimated accuracy over a small life: beside the truth, before it, and unknown where nobody can say."""

from dataclasses import replace

import polars as pl
import pytest

from tenure.services import estimate
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY, stream

KNOWN = 17
"""Days of life whose labels calibrate an estimate: more than three hundred final rows."""


def test_days_are_realised_estimated_or_unknown_and_never_green_by_silence(life: Life) -> None:
    life.answer(LIVE, LIVE + KNOWN * DAY)
    life.label(LIVE, LIVE + KNOWN * DAY)
    life.advance(LIVE + KNOWN * DAY)
    found = estimate.show(life.house, life.tenant, life.model, KNOWN + 1)
    assert (found.metric, len(found.days)) == ("log_loss", KNOWN)
    first, last = found.days[0], found.days[-1]
    assert (first.known, first.estimated) == ("realised", None)
    assert "0 final labelled rows of version 1, 300 are needed" in first.why
    assert first.lag_hours == pytest.approx(6.0)
    assert (last.known, last.realised, last.labelled) == ("estimated", None, 18)
    assert last.estimated is not None
    assert last.low is not None
    assert last.high is not None
    assert last.low < last.estimated < last.high
    assert found.expected == pytest.approx(last.estimated, abs=0.15)
    assert last.worse is not True  # good, or open while the interval holds the limit
    assert first.worse is not None


def test_without_labels_accuracy_is_unknown(life: Life) -> None:
    life.step(LIVE, LIVE + DAY)
    (day,) = estimate.show(life.house, life.tenant, life.model, 2).days
    assert (day.known, day.worse) == ("unknown", None)
    assert estimate.show(life.house, life.tenant, life.model, 1).days == ()


def test_numbers_are_estimated_by_a_model_of_their_loss(fresh_life: Begin) -> None:
    spec = spec_of(
        model={"task": "regression"}, data={"target": "price", "ignore": ["kind", "left"]}
    )
    rows = stream(40, a_day=48).with_columns(
        price=pl.col("price") + pl.col("y").abs() * 20 * (pl.col("x") > 0)
    )
    life = replace(fresh_life(spec), rows=rows)
    life.declare()
    life.work()
    life.answer(LIVE, LIVE + KNOWN * DAY)
    life.label(LIVE, LIVE + KNOWN * DAY)
    life.advance(LIVE + KNOWN * DAY)
    last = estimate.show(life.house, life.tenant, life.model, 3).days[-1]
    assert (last.known, last.why) == ("estimated", "")
    assert last.estimated is not None
    assert last.low is not None
    life.label(LIVE + KNOWN * DAY, LIVE + (KNOWN + 2) * DAY)
    life.advance(LIVE + (KNOWN + 2) * DAY)
    truth = estimate.show(life.house, life.tenant, life.model, 4).days[-1]
    assert truth.known == "realised"
    assert truth.realised == pytest.approx(last.estimated, rel=0.3)
