"""How far ahead a row may be dated."""

from datetime import UTC, datetime, timedelta

from tenure.core.clock import BusinessClock, ClockMode

NOW = datetime(2013, 3, 1, tzinfo=UTC)


def test_in_wall_time_no_row_comes_from_the_future() -> None:
    assert BusinessClock("DL", ClockMode.WALL, NOW, NOW).horizon is None


def test_a_replay_sends_a_step_before_it_announces_its_end() -> None:
    horizon = BusinessClock("DL", ClockMode.REPLAY, NOW, NOW).horizon
    assert horizon is not None
    assert horizon > NOW + timedelta(days=365_000)
