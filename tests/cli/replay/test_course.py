"""What a person may say: dates, steps, speeds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tenure.cli.replay.course import instant, span, speed
from tenure.core.errors import TenureError


def test_dates_are_utc_unless_they_say_otherwise() -> None:
    assert instant("2013-03-01", "--from") == datetime(2013, 3, 1, tzinfo=UTC)
    east = timezone(timedelta(hours=2))
    assert instant("2013-03-01T06:00+02:00", "--to") == datetime(2013, 3, 1, 6, tzinfo=east)
    with pytest.raises(TenureError, match=r"replay\.bad_date.*--from"):
        instant("March", "--from")


def test_steps_have_a_unit() -> None:
    assert [span(t) for t in ("1d", "6h", "30m")] == [
        timedelta(days=1),
        timedelta(hours=6),
        timedelta(minutes=30),
    ]
    for wrong in ("1", "0d", "d", "-1d", "1w"):
        with pytest.raises(TenureError, match=r"replay\.bad_step"):
            span(wrong)


def test_speed_is_max_or_a_factor() -> None:
    assert (speed("max"), speed("3600"), speed("60x")) == (0.0, 3600.0, 60.0)
    for wrong in ("0", "fast", "-1"):
        with pytest.raises(TenureError, match=r"replay\.bad_speed"):
            speed(wrong)
