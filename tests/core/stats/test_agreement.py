"""Answers to the same rows are equal in every bit, or so far apart."""

import numpy as np
import pytest

from tenure.core.stats.agreement import difference

ROWS = np.array([[0.25, 0.75], [0.5, 0.5], [np.nan, 1.0]])


def test_the_same_answers_are_the_same_missing_ones_too() -> None:
    assert difference(ROWS, ROWS.copy()) == (0.0, 1.0)
    assert difference(ROWS[:0], ROWS[:0]) == (0.0, 1.0)


def test_the_furthest_output_and_the_share_of_equal_rows_are_told() -> None:
    other = ROWS.copy()
    other[0, 0] += 0.125
    assert difference(ROWS, other) == pytest.approx((0.125, 2 / 3))


@pytest.mark.parametrize("other", [np.zeros((3, 2)), np.zeros((2, 2))])
def test_an_answer_that_only_one_gave_is_infinitely_far(other: np.ndarray) -> None:
    apart, share = difference(ROWS, other)
    assert (apart, share) == (np.inf, 0.0)
