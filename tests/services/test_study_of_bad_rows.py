"""Rows that nobody would train on end in a verdict that says why; the rest is trained on."""

from dataclasses import replace

import polars as pl
import pytest

from tenure.core.errors import TenureError
from tenure.core.studies import StudyState
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import Life


def begun(begin: Begin) -> Life:
    return begin(spec_of(train={"windows": ["all"]}))


def test_infinite_numbers_are_put_aside_and_empty_columns_and_names_left_out(
    fresh_life: Begin,
) -> None:
    life = begun(fresh_life)
    infinite = pl.when(pl.int_range(pl.len()) < 5).then(float("inf")).otherwise("x")
    name = pl.format("passenger {}", pl.int_range(pl.len()))
    rows = life.rows.with_columns(x=infinite, void=pl.lit(None, pl.Float64), name=name)
    life = replace(life, rows=rows)
    life.declare()
    life.work()
    (study,) = life.studies()
    dataset = life.read(lambda work: work.datasets.get("acme", study.dataset_id))
    assert study.state is StudyState.PROMOTED
    assert dataset.quarantined == {"row.not_finite": 5}
    assert {"void", "name"}.isdisjoint(column.name for column in dataset.signature.features)


def test_twenty_rows_train_nothing_and_the_race_says_so(fresh_life: Begin) -> None:
    life = begun(fresh_life)
    life = replace(life, rows=life.rows.head(20))
    life.declare()
    life.work()
    (study,) = life.studies()
    assert study.state is StudyState.REFUSED
    assert "at least" in study.reason


def test_a_target_that_is_always_the_same_is_not_imported(fresh_life: Begin) -> None:
    life = begun(fresh_life)
    life = replace(life, rows=life.rows.with_columns(left=pl.lit("no")))
    with pytest.raises(TenureError, match="is always no") as caught:
        life.declare()
    assert caught.value.code == "dataset.not_binary"
