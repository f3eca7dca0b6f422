"""Predictions that were made elsewhere: durable when taken in, bad ones counted once."""

import polars as pl
import pytest

from tenure.core.media import CSV
from tenure.services import log
from tests.small.life import LIVE, Life
from tests.small.rows import HOUR, between


@pytest.fixture
def posted(life: Life) -> bytes:
    """Five answers as CSV, of which the last is no probability."""
    rows = between(life.rows, "at", LIVE, LIVE + 5 * HOUR)
    said = pl.Series("probability", [0.5] * (rows.height - 1) + [1.5])
    return rows.drop("left", "known").with_columns(said).write_csv().encode()


def test_good_answers_are_in_the_log_before_their_receipt(life: Life, posted: bytes) -> None:
    life.collect(LIVE + 5 * HOUR)
    receipt = log.receive(life.house, life.tenant, life.model, posted, CSV)
    assert (receipt.rows, receipt.quarantined) == (4, {"row.bad_output": 1})
    life.collect(LIVE + 6 * HOUR)
    counts = life.read(lambda work: work.outcomes.counts(life.tenant, life.model))
    assert counts["predictions"] == 4


def test_what_is_put_aside_is_counted_once_although_it_is_posted_again(
    life: Life, posted: bytes
) -> None:
    life.collect(LIVE + 5 * HOUR)
    for _ in range(2):
        log.receive(life.house, life.tenant, life.model, posted, CSV)
    shown = life.read(lambda work: work.quarantine.list(life.tenant, model_id=life.model))
    assert [(one.reason, one.rows) for one in shown] == [("row.bad_output", 1)]
