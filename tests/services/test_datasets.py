"""Rows come in as versions: the same bytes once, bad rows put aside, a live model's columns kept."""

import polars as pl
import pytest

from tenure.core.errors import TenureError
from tenure.core.media import CSV
from tenure.services import datasets
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY
from tests.small.trial import respecified


def brought(life: Life, data: bytes) -> tuple[int, int]:
    """Import bytes of CSV; return number and rows of their version."""
    found = datasets.import_dataset(life.house, "anna", life.tenant, life.model, data, CSV)
    return found.number, found.rows


def as_csv(rows: pl.DataFrame) -> bytes:
    return rows.write_csv().encode()


def test_the_same_bytes_are_the_same_version_as_long_as_they_are_read_the_same_way(
    life: Life, rows: pl.DataFrame
) -> None:
    data = as_csv(life.known(LIVE))
    number, count = brought(life, data)
    assert brought(life, data) == (number, count)
    assert len(life.told("dataset.committed")) == number
    narrower = spec_of(features={"x": {"type": "float", "min": -1e6}})
    assert brought(respecified(life, narrower), data) == (number + 1, count)


def test_bad_rows_are_counted_and_shown_and_the_good_ones_kept(life: Life) -> None:
    good = life.known(LIVE)
    again, odd = good.head(3), good.tail(2).with_columns(id=pl.lit("odd") + pl.col("id"))
    data = as_csv(pl.concat([good, again, odd.with_columns(at=pl.col("at") + 900 * DAY)]))
    assert brought(life, data)[1] == good.height
    counts = {"row.duplicate_key": 3, "row.future_time": 2}
    shown = life.read(lambda work: work.quarantine.list(life.tenant, model_id=life.model))
    assert {one.reason: one.rows for one in shown} == counts
    assert life.read(lambda work: work.datasets.list(life.tenant))[-1].quarantined == counts


def test_a_live_model_holds_on_to_its_columns(life: Life) -> None:
    known = life.known(LIVE)
    with pytest.raises(TenureError, match=r'dataset\.missing_column.*"x"'):
        brought(life, as_csv(known.drop("x")))
    before = life.read(lambda work: work.datasets.list(life.tenant))[-1]
    life.bring(known.with_columns(new=pl.lit(1.5)))
    after = life.read(lambda work: work.datasets.list(life.tenant))[-1]
    assert after.number == before.number + 1
    assert after.signature.features == before.signature.features


def test_a_model_that_is_no_more_takes_no_rows(life: Life) -> None:
    life.decommission()
    with pytest.raises(TenureError, match=r"model\.decommissioned"):
        brought(life, as_csv(life.known(LIVE)))
