"""A season is the time of the year around a date, in every year."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.seasons import YEAR, in_season

DAY = timedelta(days=1)
END = datetime(2024, 1, 10, tzinfo=UTC)


def at(*days_before: float) -> np.ndarray:
    return np.array(
        [(END - each * DAY).replace(tzinfo=None) for each in days_before], "datetime64[us]"
    )


def test_days_around_the_date_belong_to_it_in_every_year_and_across_its_turn() -> None:
    times = at(1, 44, 46, 320, 365 - 44, 365, 365 + 44, 365 + 47, 4 * 365.2425 - 44)
    expected = [True, True, False, False, True, True, True, False, True]
    assert in_season(times, END, 45 * DAY).tolist() == expected


@given(st.floats(0, 5000), st.integers(0, 9), st.integers(1, 180))
def test_a_year_more_or_less_changes_nothing(days: float, years: int, reach: int) -> None:
    other = days + years * (YEAR / DAY)
    phase = min(days % (YEAR / DAY), YEAR / DAY - days % (YEAR / DAY))
    if abs(phase - reach) > 1e-3:
        assert in_season(at(days, other), END, reach * DAY).tolist() == [phase < reach] * 2


def test_half_a_year_holds_everything_and_a_row_without_a_time_never_belongs() -> None:
    times = np.append(at(0, 100, 200, 300), np.datetime64("NaT"))
    assert in_season(times, END, 183 * DAY).tolist() == [True] * 4 + [False]
