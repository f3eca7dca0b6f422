"""Failed jobs wait longer each time, and not for ever."""

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.jobs import MAX_ATTEMPTS, JobKind, backoff_seconds, max_attempts


def test_the_wait_doubles_from_half_a_second_to_a_minute() -> None:
    waits = [backoff_seconds(attempts) for attempts in range(1, 10)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


@given(st.integers(-5, 10_000))
def test_the_wait_is_never_below_half_a_second_nor_above_a_minute(attempts: int) -> None:
    assert 0.5 <= backoff_seconds(attempts) <= 60.0


def test_a_job_is_parked_before_it_has_waited_for_a_minute_in_all() -> None:
    assert sum(backoff_seconds(attempts) for attempts in range(1, MAX_ATTEMPTS + 1)) < 60


def test_a_message_to_the_outside_is_tried_for_hours() -> None:
    assert max_attempts(JobKind.STUDY) == MAX_ATTEMPTS
    attempts = range(1, max_attempts(JobKind.NOTIFY) + 1)
    waits = [backoff_seconds(number, JobKind.NOTIFY) for number in attempts]
    assert waits == sorted(waits)
    assert max(waits) == 3600.0
    assert 2 * 3600 < sum(waits[:-1]) < 4 * 3600
