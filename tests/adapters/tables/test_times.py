"""Instants from text, numbers and native times; nothing else is guessed."""

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.adapters.tables.times import INSTANT, as_instants, as_seconds, unreadable

AT = datetime(2013, 1, 1, 5, tzinfo=UTC)


def instant(value: object, kind: pl.DataType | None = None) -> object:
    found = as_instants(pl.Series("t", [value], kind))
    assert found.dtype == INSTANT
    assert found.name == "t"
    return found[0]


@pytest.mark.parametrize(
    "text",
    [
        "2013-01-01T05:00:00Z",
        "2013-01-01T05:00:00",
        "2013-01-01 05:00",
        "2013-01-01T06:00:00+01:00",
        "2013-01-01T06:00:00+0100",
        "2013-01-01T06:00:00+01",
        "2013-01-01T05:00:00.000000000z",
        "2013-01-01 05:00:00 UTC",
        "20130101T050000Z",
        " 2013-01-01T05:00:00Z ",
        "1357016400",
        "1357016400.0",
        "1357016400000",
        "1357016400000000",
        "1357016400000000000",
    ],
)
def test_texts_of_an_instant(text: str) -> None:
    assert instant(text) == AT


@pytest.mark.parametrize(
    "text",
    ["", "soon", "12", "2013", "2013-13-01", "2013-02-30", "2013-01-01T25:00", "01/02/2013",
     "2013-01-01T05", "5:00", "1e9", "nan", "99999999999999999999999", "-"],
)  # fmt: skip
def test_texts_of_no_instant(text: str) -> None:
    assert instant(text) is None


def test_days_begin_at_midnight_in_utc() -> None:
    assert instant("2013-01-01") == AT - timedelta(hours=5)
    assert instant("20130101") == AT - timedelta(hours=5)
    assert instant("2013/01/01") == AT - timedelta(hours=5)
    assert instant(20130101) == AT - timedelta(hours=5)
    assert instant(date(2013, 1, 1)) == AT - timedelta(hours=5)


def test_native_times_without_a_zone_are_utc() -> None:
    assert instant(AT.replace(tzinfo=None)) == AT
    assert instant(AT.astimezone(timezone(timedelta(hours=2)))) == AT
    assert instant(AT.replace(tzinfo=None), pl.Datetime("ns")) == AT


def test_numbers_are_seconds_and_their_fractions_since_1970() -> None:
    assert instant(1357016400) == AT
    assert instant(1357016400.25) == AT + timedelta(milliseconds=250)
    assert instant(1357016400000) == AT
    assert instant(-1357016400) == datetime(1926, 12, 31, 19, tzinfo=UTC)


@pytest.mark.parametrize("value", [0, 7, float("nan"), float("inf"), 1e30, True, [1]])
def test_other_values_are_no_instants(value: object) -> None:
    assert instant(value) is None


def test_categories_are_read_as_texts() -> None:
    assert as_instants(pl.Series(["2013-01-01"], dtype=pl.Categorical))[0] is not None


def test_a_column_may_mix_forms() -> None:
    mixed = pl.Series(["2013-01-01T05:00:00Z", "1357016400", None, "x"])
    assert as_instants(mixed).to_list() == [AT, AT, None, None]


def test_features_are_seconds() -> None:
    assert as_seconds(pl.Series(["2013-01-01T05:00:00.5Z", None])).to_list() == [
        1357016400.5,
        None,
    ]


@settings(deadline=None)
@given(
    st.datetimes(
        datetime(1, 1, 2),  # noqa: DTZ001  # hypothesis adds the zone
        datetime(9999, 12, 30),  # noqa: DTZ001  # as above
        timezones=st.integers(-840, 840).map(lambda m: timezone(timedelta(minutes=m))),
    )
)
def test_iso_texts_of_python_are_read(at: datetime) -> None:
    assert instant(at.isoformat()) == at


def test_a_column_without_any_instant_is_told_by_an_example() -> None:
    assert unreadable(pl.Series([None, "03.01.2012", "x"])) == "03.01.2012"
    assert unreadable(pl.Series([736389, 736390])) == "736389"
    assert unreadable(pl.Series(["x", "2012-01-03"])) == ""
    assert unreadable(pl.Series([None, None], dtype=pl.String)) == ""
