"""A stream is cut along business time, and nothing of the future trains."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from tenure.cli.replay.stream import AT, KNOWN, Stream, instants_of, load, places
from tenure.core.errors import TenureError
from tenure.core.media import PARQUET
from tenure.core.spec.parse import parse, specs
from tenure.core.spec.values import Spec

from .streams import SPEC, START, rows, write


def spec_of(text: str = SPEC) -> Spec:
    return specs(parse(text, "tenure.toml"))[0]


def stream(folder: Path, text: str = SPEC, table: pl.DataFrame | None = None) -> Stream:
    write(folder, rows() if table is None else table)
    return load(folder / "rows.csv", spec_of(text))


def test_training_rows_have_a_truth_that_was_known(tmp_path: Path) -> None:
    before = START + timedelta(days=10)
    trained = pl.read_csv(stream(tmp_path).training(before))
    known = trained["known"].str.to_datetime(time_zone="UTC")
    assert trained.height > 200
    assert known.max() < before  # type: ignore[operator]  # instants
    assert trained["late"].null_count() == 0
    assert trained.columns == rows().columns


def test_every_later_row_is_predicted_once_and_labelled_once(tmp_path: Path) -> None:
    whole, beginning = stream(tmp_path), START + timedelta(days=10)
    end = whole.last + timedelta(days=1)
    days = [beginning + timedelta(days=i) for i in range((end - beginning).days + 2)]
    truths = whole.learnt(beginning)
    predicted, learnt = (
        pl.concat([table[slice(*places(instants_of(table[by]), a, b))] for a, b in pairwise(days)])
        for table, by in ((whole.rows, AT), (truths, KNOWN))
    )
    later = whole.rows.filter(pl.col(AT) >= beginning)
    assert sorted(predicted["id"]) == sorted(later["id"])
    assert sorted(learnt["id"]) == sorted(later.filter(pl.col("late").is_not_null())["id"])


def test_a_key_that_names_many_rows_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    same = rows().with_columns(id=pl.lit("r1"))
    with pytest.raises(TenureError, match=r"replay\.no_key.*599 of 600 rows"):
        stream(tmp_path, table=same)
    by_request = SPEC.replace("[labels]", '[labels]\njoin = ["request_id"]')
    assert stream(tmp_path, by_request, same).rows.height == 600


def test_without_an_event_time_the_truth_is_known_when_expected(tmp_path: Path) -> None:
    whole = stream(tmp_path, SPEC.replace('event_time = "known"', ""))
    gap = whole.rows.select(pl.col(KNOWN) - pl.col(AT)).to_series().drop_nulls().unique()
    assert gap.to_list() == [timedelta(hours=6)]
    assert whole.rows[KNOWN].null_count() == 12


def test_rows_come_in_order_and_those_without_time_are_counted(tmp_path: Path) -> None:
    table = rows(60).sample(fraction=1.0, shuffle=True, seed=1)
    table = table.with_columns(
        pl.when(pl.col("id") == "r3").then(pl.lit("soon")).otherwise("at").alias("at")
    )
    whole = stream(tmp_path, table=table)
    assert whole.left_out == 1
    assert whole.rows[AT].is_sorted()
    assert whole.rows.height == 59


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = rows(60).with_columns(pl.col("at", "known").str.to_datetime(time_zone="UTC"))
    table.write_parquet(tmp_path / "rows.parquet")
    whole = load(tmp_path / "rows.parquet", spec_of())
    assert whole.media == PARQUET
    assert pl.read_parquet(whole.training(START + timedelta(days=1))).schema == table.schema


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        (SPEC.replace('time = "at"', ""), "rows.csv", "replay.no_time"),
        (SPEC.replace('time = "at"', 'time = "then"'), "rows.csv", "dataset.missing_column"),
        (SPEC, "rows.json", "data.bad_suffix"),
        (SPEC, "absent.csv", "data.not_found"),
        (SPEC, "torn.parquet", "dataset.malformed"),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    tmp_path: Path, text: str, name: str, code: str
) -> None:
    write(tmp_path, rows(60))
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(TenureError) as caught:
        load(tmp_path / name, spec_of(text))
    assert caught.value.code == code


def test_a_stream_without_any_time_says_so(tmp_path: Path) -> None:
    with pytest.raises(TenureError, match=r"no value of 'at' is a time, such as 'never'"):
        stream(tmp_path, table=rows(5).with_columns(at=pl.lit("never")))
    whole = stream(tmp_path, table=rows(5).with_columns(at=pl.lit(None, pl.String)))
    with pytest.raises(TenureError, match=r"replay\.no_rows"):
        assert isinstance(whole.first, datetime)
