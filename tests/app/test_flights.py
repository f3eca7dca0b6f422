"""The demo's flights, on the real package: nothing of the future is in a row."""

import zipfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tenure.app import flights
from tenure.core.errors import TenureError

FOLDER = flights.data_folder()
KEY = ("carrier", "flight", "origin", "year", "month", "day")


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return flights.load(FOLDER)


@pytest.fixture(scope="module")
def source() -> pl.DataFrame:
    """The flights with what really happened, by the id that our rows have."""
    with zipfile.ZipFile(FOLDER / "flights.csv.zip") as archive:
        raw = pl.read_csv(archive.read("flights.csv"), null_values=["NA", ""])
    date = pl.format(
        "{}{}{}",
        "year",
        pl.col("month").cast(pl.String).str.zfill(2),
        pl.col("day").cast(pl.String).str.zfill(2),
    )
    return raw.with_columns(flight_id=pl.format("{}-{}-{}-{}", "carrier", "flight", "origin", date))


def test_every_flight_is_there_once_with_its_label(
    table: pl.DataFrame, source: pl.DataFrame
) -> None:
    assert table.height == source.height == 336_776
    assert table["flight_id"].n_unique() == table.height
    joined = table.join(source.select("flight_id", "arr_delay"), on="flight_id")
    assert joined.select((pl.col("late") == (pl.col("arr_delay") > 15)).all()).item()
    assert joined["late"].null_count() == joined["arr_delay"].null_count()


def test_cancelled_and_diverted_flights_never_get_a_truth(table: pl.DataFrame) -> None:
    assert table.filter(pl.col("late").is_null() != pl.col("landed_at").is_null()).is_empty()
    assert table["landed_at"].null_count() == 9_430


def test_a_prediction_is_made_two_hours_before_scheduled_departure(
    table: pl.DataFrame, source: pl.DataFrame
) -> None:
    """`time_hour` of the source is the scheduled hour in UTC."""
    hours = source.select(
        "flight_id",
        scheduled=pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC"),
    )
    gap = pl.col("scheduled") - pl.col("predicted_at").dt.truncate("1h")
    odd = table.join(hours, on="flight_id").filter(gap != timedelta(hours=2))
    assert odd.is_empty()


def test_no_observation_is_newer_than_the_prediction(table: pl.DataFrame) -> None:
    weather = flights._read_weather(FOLDER)
    known = table.sort("predicted_at").join_asof(
        weather.select("origin", "known_at", stamp="known_at", pressure_known="pressure"),
        left_on="predicted_at",
        right_on="known_at",
        by="origin",
        check_sortedness=False,
    )
    assert known.select((pl.col("stamp") <= pl.col("predicted_at")).all()).item()
    recent = known.filter(pl.col("predicted_at") - pl.col("stamp") <= timedelta(hours=3))
    same = pl.col("pressure").eq_missing(pl.col("pressure_known"))
    assert recent.select(same.all()).item()


def test_features_do_not_change_when_the_future_does(tmp_path: Path) -> None:
    """Delay every flight by an hour and spoil all later weather: no feature may move."""
    _copy_with_another_future(tmp_path)
    before, after = flights.load(FOLDER), flights.load(tmp_path)
    early = pl.col("predicted_at") < pl.datetime(2013, 6, 1, time_zone="UTC")
    columns = ["flight_id", "predicted_at", *flights.FEATURES]
    assert before.filter(early).select(columns).equals(after.filter(early).select(columns))
    assert not before["late"].equals(after["late"])


def test_the_truth_is_known_after_the_prediction(table: pl.DataFrame) -> None:
    late = table.filter(pl.col("landed_at") <= pl.col("predicted_at"))
    assert late.is_empty()


def test_without_the_package_the_command_to_install_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.setattr("sys.path_importer_cache", {})
    with pytest.raises(TenureError, match=r"demo\.no_data(.|\n)*pip install") as caught:
        flights.data_folder()
    assert caught.value.code == "demo.no_data"


def test_airlines_have_names() -> None:
    assert flights.airlines(FOLDER)["DL"] == "Delta Air Lines Inc."


def _copy_with_another_future(folder: Path) -> None:
    with zipfile.ZipFile(FOLDER / "flights.csv.zip") as archive:
        raw = pl.read_csv(archive.read("flights.csv"), infer_schema=False)
    delay = pl.col("arr_delay").cast(pl.Int64, strict=False) + 60
    raw = raw.with_columns(delay.cast(pl.String).fill_null("NA").alias("arr_delay"))
    with zipfile.ZipFile(folder / "flights.csv.zip", "w") as archive:
        archive.writestr("flights.csv", raw.write_csv())
    weather = pl.read_csv(FOLDER / "weather.csv", infer_schema=False)
    later = pl.col("time_hour") >= "2013-06-01T00:00:00Z"
    spoilt = [
        pl.when(later).then(pl.lit("999")).otherwise(pl.col(c)).alias(c) for c in flights.WEATHER
    ]
    weather.with_columns(spoilt).write_csv(folder / "weather.csv")
    (folder / "airports.csv").write_bytes((FOLDER / "airports.csv").read_bytes())
