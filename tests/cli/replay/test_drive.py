"""Where a replay ends: no prediction and no truth of the stream is left out."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tenure.cli.replay.drive import _step_after

START = datetime(2024, 1, 1, tzinfo=UTC)


@given(
    st.timedeltas(timedelta(), timedelta(days=400)),
    st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
)
def test_the_last_instant_lies_in_the_last_step(after: timedelta, step: timedelta) -> None:
    end = _step_after(START + after, START, step)
    assert end - step <= START + after < end
    assert (end - START) % step == timedelta()


def test_a_stream_that_ends_before_it_begins_has_no_step() -> None:
    assert _step_after(START - timedelta(days=3), START, timedelta(days=1)) == START
