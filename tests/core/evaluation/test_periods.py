"""Periods: the finest unit that leaves a course that can be read."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tenure.core.evaluation import periods

BEGIN = datetime(2024, 1, 1, tzinfo=UTC).timestamp()  # a Monday
DAY = 86_400.0


@pytest.mark.parametrize(
    ("days", "first", "second", "most"),
    [
        (1.0, "2024-01-01T00", "2024-01-01T01", 40),
        (30.0, "2024-01-01", "2024-01-02", 40),
        (200.0, "2024-01-01", "2024-01-08", 40),
        (900.0, "2024-01-01", "2024-02-01", 40),
        (9000.0, "2024-01-01", "2025-01-01", 40),
    ],
)
def test_the_unit_goes_with_the_span(days: float, first: str, second: str, most: int) -> None:
    instants = BEGIN + np.linspace(0, days * DAY - 1, 5_000)
    found = periods.over_time(instants, np.ones(5_000), 0.95)
    assert (found[0].since, found[1].since, found[0].until) == (first, second, second)
    assert 1 < len(found) <= most
    assert sum(one.rows for one in found) == 5_000


def test_a_period_has_the_mean_of_its_rows_and_empty_ones_are_left_out() -> None:
    instants = np.array([BEGIN, BEGIN + 60, BEGIN + 5 * DAY])
    found = periods.over_time(instants, np.array([1.0, 3.0, 7.0]), 0.95)
    assert [(one.rows, one.loss.value) for one in found] == [(2, 2.0), (1, 7.0)]
    assert found[1].loss.low is None


def test_without_times_there_is_no_course() -> None:
    assert periods.over_time(np.empty(0), np.ones(3), 0.95) == ()
    assert periods.days_of(np.array([-1.0, 0.0, DAY])).tolist() == [-1, 0, 1]
