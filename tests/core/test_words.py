"""Numbers, counts and spans as people read them."""

import math
from datetime import timedelta

import pytest

from tenure.core.words import count, number, span


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (0.0041, "0.0041"),
        (-0.0041, "-0.0041"),
        (0.00001234, "1.2e-05"),
        (9.99, "9.9900"),
        (17.254, "17.25"),
        (12400.4, "12,400"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_a_number_has_as_many_decimals_as_its_size_needs(value: float, text: str) -> None:
    assert number(value) == text


def test_one_of_something_is_singular() -> None:
    assert count(1, "day") == "1 day"
    assert count(0, "row") == "0 rows"
    assert count(4211, "row") == "4,211 rows"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(days=14), "14 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=6), "6 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(days=2, hours=12), "60 hours"),
        (timedelta(days=2, seconds=1), "2.0 days"),
        (timedelta(hours=2, seconds=1), "2.0 hours"),
        (timedelta(seconds=61), "61 seconds"),
        (timedelta(0), "0 seconds"),
        (timedelta(milliseconds=250), "0.25 seconds"),
    ],
)
def test_a_span_reads_in_its_largest_fitting_unit(length: timedelta, text: str) -> None:
    assert span(length) == text
