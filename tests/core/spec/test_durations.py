"""Written units: what is read is written back, and near misses get a guess."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.spec.durations import (
    format_duration,
    format_size,
    parse_duration,
    parse_size,
    parse_window,
)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("6h", timedelta(hours=6)),
        ("3d", timedelta(days=3)),
        ("2w", timedelta(days=14)),
        ("0s", timedelta()),
    ],
)
def test_durations_are_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@given(st.integers(0, 36_500 * 86_400))
def test_what_is_written_is_read(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_duration(format_duration(span)) == span


@given(st.integers(0, 1024**5))
def test_sizes_that_are_written_are_read(size_bytes: int) -> None:
    assert parse_size(format_size(size_bytes)) == size_bytes


def test_the_largest_exact_unit_is_written() -> None:
    assert format_duration(timedelta(hours=36)) == "36h"
    assert format_duration(timedelta(days=60)) == "60d"
    assert format_size(4 * 1024**3) == "4GiB"
    assert format_size(1500) == "1500B"


@pytest.mark.parametrize(
    "text", ["", "3", "d", "-3d", "3 d", "3D", "1.5h", "\uff13d", "3d ", "36501d"]
)
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(TenureError) as caught:
        parse_duration(text)
    assert caught.value.code == "spec.bad_duration"


@pytest.mark.parametrize(
    ("text", "guess"),
    [("3 days", "3d"), ("6H", "6h"), ("2 months", "60d"), ("1 year", "365d"), ("5 min", "5m")],
)
def test_near_misses_get_a_guess(text: str, guess: str) -> None:
    with pytest.raises(TenureError) as caught:
        parse_duration(text)
    assert f'did you mean "{guess}"?' in caught.value.hint


def test_what_is_no_unit_gets_no_guess() -> None:
    with pytest.raises(TenureError) as caught:
        parse_duration("3 parsecs")
    assert "did you mean" not in caught.value.hint


@pytest.mark.parametrize("text", ["4GB", "4 gib", "4", "GiB", "4.5GiB", "2048TiB"])
def test_anything_else_is_no_size(text: str) -> None:
    with pytest.raises(TenureError) as caught:
        parse_size(text)
    assert caught.value.code == "spec.bad_size"


def test_a_decimal_unit_gets_the_binary_one_as_a_guess() -> None:
    with pytest.raises(TenureError) as caught:
        parse_size("4GB")
    assert 'did you mean "4GiB"?' in caught.value.hint


def test_a_window_is_a_span_or_everything() -> None:
    assert parse_window("60d") == timedelta(days=60)
    assert parse_window("all") is None
