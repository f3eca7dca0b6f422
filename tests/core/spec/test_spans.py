"""Durations, windows and sizes as kinds of values."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.spec.spans import Days, Duration, Size, Window
from tests.core.spec.kinds_at_work import code, hint, read
from tests.core.spec.validator import is_valid

SECONDS = st.integers(1, 10**9)


@given(SECONDS)
def test_spans_are_read_as_they_are_written(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    written = Duration().write(span)
    assert read(Duration(), written) == span
    assert is_valid(written, Duration().schema())


@given(SECONDS)
def test_spans_in_days_are_read_as_they_are_written(seconds: int) -> None:
    days = timedelta(seconds=seconds) / timedelta(days=1)
    assert read(Days(), Days().write(days)) == days


@given(st.integers(1, 2**50))
def test_sizes_are_read_as_they_are_written(size_bytes: int) -> None:
    written = Size().write(size_bytes)
    assert read(Size(), written) == size_bytes
    assert is_valid(written, Size().schema())


def test_too_short_and_too_small_name_the_nearest() -> None:
    assert hint(Duration(least=60), "3s") == 'the nearest is "1m"'
    assert hint(Size(least=1024**2), "3B") == 'the nearest is "1MiB"'


def test_a_window_is_kept_as_it_was_written() -> None:
    assert read(Window(), "all") == "all"
    assert read(Window(), "2w") == "2w"
    assert Window().write("2w") == "2w"
    assert is_valid("all", Window().schema())
    assert not is_valid("ball", Window().schema())


def test_what_is_no_text_is_no_span() -> None:
    for kind in (Duration(), Days(), Window(), Size()):
        assert code(kind, 3) == "spec.wrong_type"
    assert code(Window(), "0d") == "spec.bad_value"
    assert code(Size(), "3") == "spec.bad_size"
