"""Splits never look ahead, and every row judges at most once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.splits import JUDGES, TRAINS, folds

HOUR = np.timedelta64(1, "h")


@given(rows=st.integers(20, 200), count=st.integers(2, 6), delay=st.integers(0, 30))
def test_with_times_nothing_is_trained_on_that_was_not_known_yet(
    rows: int, count: int, delay: int
) -> None:
    times = np.datetime64("2024-01-01", "us") + np.arange(rows) * HOUR
    known = times + delay * HOUR
    found = folds(times, known, rows, count)
    assert len(found) == count
    judged = np.zeros(rows, int)
    for roles in found:
        begins = times[roles == JUDGES].min()
        assert (known[roles == TRAINS] < begins).all()
        judged += roles == JUDGES
    assert judged.max() == 1
    assert judged[-1] == 1, "the newest rows judge"


@given(rows=st.integers(10, 100), count=st.integers(2, 6))
def test_without_times_every_row_judges_once_and_trains_otherwise(rows: int, count: int) -> None:
    found = folds(None, None, rows, count)
    assert (sum((roles == JUDGES).astype(int) for roles in found) == 1).all()
    assert all(((roles == JUDGES) | (roles == TRAINS)).all() for roles in found)
