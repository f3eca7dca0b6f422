"""The rows of a dataset version: their order, what replaces what, and which are held out."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from tenure.core.datasets import DatasetVersion
from tenure.core.studies import Run, RunState
from tenure.services.dataset_rows import as_segment, learnt, rows_of, with_roles
from tenure.services.house import House
from tenure.services.logged import logged_rows
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import BEGIN, DAY, HOUR, between

UNTIMED = spec_of(
    data={"time": None, "ignore": ["kind", "price", "at"]}, train={"windows": ["all"]}
)


def newest(life: Life) -> DatasetVersion:
    with life.house.store.read() as work:
        return work.datasets.list(life.tenant, model_id=life.model)[-1]


def with_more(house: House, dataset: DatasetVersion, *tables: pl.DataFrame) -> DatasetVersion:
    segments = tuple(as_segment(house, table) for table in tables)
    digest = "sha256:" + "+".join(segment.digest for segment in segments)
    return replace(dataset, segments=(*dataset.segments, *segments), digest=digest)


def a_run(**changes: object) -> Run:
    holdout = LIVE - 5 * DAY
    run = Run(
        "rn_1", "acme", "churn", "st_1", RunState.PLANNED, "ds_1", "linear", {}, 7, "all",
        None, holdout, holdout, LIVE,
    )  # fmt: skip
    return replace(run, **changes)  # type: ignore[arg-type]  # a few fields of a test's own


def learnt_until(life: Life, since: timedelta, until: timedelta) -> pl.DataFrame:
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        signature = newest(life).signature
        return learnt(life.house, work, model, signature, BEGIN + since, BEGIN + until)


def test_timed_rows_come_in_order_of_time(life: Life) -> None:
    rows = rows_of(life.house, newest(life))
    assert rows["__time"].is_sorted()
    assert rows.columns[4:] == ["x", "y", "colour"]


def test_a_key_that_comes_again_replaces_the_older_row(life: Life) -> None:
    dataset = newest(life)
    rows = rows_of(life.house, dataset)
    again = rows.slice(10, 3).with_columns(pl.lit(9.0).alias("x"))
    both = rows_of(life.house, with_more(life.house, dataset, again))
    assert both.height == rows.height
    assert both.filter(pl.col("x") == 9.0)["__key"].to_list() == again["__key"].to_list()


def test_a_segment_that_lacks_a_feature_has_missing_values(life: Life) -> None:
    dataset = newest(life)
    short = rows_of(life.house, dataset).head(2).drop("y").with_columns(__key=pl.lit("new"))
    both = rows_of(life.house, with_more(life.house, dataset, short.tail(1)))
    assert both.filter(pl.col("__key") == "new")["y"].to_list() == [None]


def test_rows_without_time_keep_the_order_in_which_they_came(fresh_life: Begin) -> None:
    life = fresh_life(UNTIMED)
    life.declare()
    shuffled = life.rows.head(300).sample(fraction=1.0, shuffle=True, seed=1)
    life.bring(shuffled)
    assert rows_of(life.house, newest(life))["__key"].to_list() == shuffled["id"].to_list()


def test_rows_without_time_are_held_out_as_the_run_says(fresh_life: Begin) -> None:
    life = fresh_life(UNTIMED)
    life.declare()
    rows = rows_of(life.house, newest(life))
    for held_out in (0, 70):
        roles = with_roles(rows, a_run(held_out=held_out))["__role"].to_list()
        assert roles == ["train"] * (rows.height - held_out) + ["holdout"] * held_out


def test_a_row_trains_only_when_its_label_was_known_before_the_holdout(life: Life) -> None:
    run = a_run()
    roles = with_roles(rows_of(life.house, newest(life)), run)
    trained = roles.filter(pl.col("__role") == "train")
    held = roles.filter(pl.col("__role") == "holdout")
    assert trained["__known_at"].max() < run.holdout_from  # type: ignore[operator]  # an instant
    assert held["__time"].min() >= run.holdout_from  # type: ignore[operator]  # an instant
    between_both = roles.filter(pl.col("__role").is_null())
    assert between_both["__time"].min() >= run.holdout_from - 6 * HOUR  # type: ignore[operator]
    windowed = with_roles(rows_of(life.house, newest(life)), a_run(train_from=LIVE - 9 * DAY))
    assert windowed.filter(pl.col("__role") == "train")["__time"].min() == LIVE - 9 * DAY


def test_what_the_log_has_learnt_is_what_was_answered_and_labelled(life: Life) -> None:
    life.days(20, 22)
    table = learnt_until(life, 20 * DAY, 22 * DAY)
    truth = between(life.rows, "known", LIVE, BEGIN + 22 * DAY).filter(pl.col("at") >= LIVE)
    assert table["__key"].to_list() == truth["id"].to_list()
    assert table["x"].to_list() == truth["x"].to_list()
    assert table["colour"].to_list() == truth["colour"].to_list()
    assert table["__label"].to_list() == (truth["left"] == "yes").cast(pl.Float64).to_list()
    assert (table["__known_at"] - table["__time"]).unique().to_list() == [6 * HOUR]


def test_learning_goes_on_where_it_stopped(life: Life) -> None:
    life.days(20, 23)
    parts = [learnt_until(life, day * DAY, (day + 1) * DAY) for day in (20, 21, 22)]
    whole = learnt_until(life, 20 * DAY, 23 * DAY)
    assert pl.concat(parts).equals(whole)


def test_without_a_key_a_corrected_label_replaces_its_own_row(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(data={"key": [], "ignore": ["id", "kind", "price"]}))
    life.declare()
    life.work()
    life.days(20, 21)
    first = learnt_until(life, 20 * DAY, 21 * DAY)
    row = life.rows.filter(pl.col("id") == "c00485")
    truth = "no" if row["left"][0] == "yes" else "yes"
    flipped = row.with_columns(left=pl.lit(truth), known=pl.lit(BEGIN + 21 * DAY))
    life.post(flipped)
    life.step(BEGIN + 21 * DAY, BEGIN + 22 * DAY)
    second = learnt_until(life, 21 * DAY, 22 * DAY)
    rows = rows_of(life.house, with_more(life.house, newest(life), first, second))
    mine = rows.filter(pl.col("__key").str.contains("c00485"))
    assert mine.height == 1
    assert mine["__label"].to_list() == [1.0 if flipped["left"][0] == "yes" else 0.0]


def test_logged_answers_come_in_order_of_time_and_each_once(life: Life) -> None:
    late, early = BEGIN + 20 * DAY + 12 * HOUR, LIVE
    life.answer(late, BEGIN + 21 * DAY)
    life.advance(LIVE)
    life.answer(early, late)
    life.answer(late, BEGIN + 21 * DAY)  # a client that asks again
    life.advance(BEGIN + 21 * DAY)
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        logged = logged_rows(life.house, work, model, LIVE, LIVE)
    champion = logged.filter(pl.col("lane") == "champion")
    assert (
        champion["request_id"].to_list()
        == between(life.rows, "at", LIVE, LIVE + DAY)["id"].to_list()
    )
    assert logged.filter(pl.col("lane") == "static").height == champion.height


@pytest.mark.parametrize("since", [BEGIN, BEGIN + 35 * DAY])
def test_days_without_answers_have_no_rows(life: Life, since: object) -> None:
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        assert logged_rows(life.house, work, model, since, since).is_empty()  # type: ignore[arg-type]


def test_a_season_trains_on_the_same_days_of_every_year(life: Life) -> None:
    rows = rows_of(life.house, newest(life))
    begins = LIVE - 5 * DAY
    lately = with_roles(rows, a_run(window="3d", train_from=begins - 3 * DAY))
    season = with_roles(rows, a_run(window="season:3d"))
    assert season.equals(lately)  # there is one year only
    year = timedelta(days=365)
    older = rows.with_columns(pl.col("__time", "__known_at") - year)
    both = with_roles(pl.concat([older, rows]), a_run(window="season:3d"))
    trained = both.filter(pl.col("__role") == "train")["__time"]
    last = trained.filter(trained < BEGIN)
    assert last.len() > lately.filter(pl.col("__role") == "train").height
    assert last.min() >= begins - year - 4 * DAY  # type: ignore[operator]  # it holds instants
