"""The machine's clock says when it is in UTC, and sleeps."""

from datetime import UTC, datetime, timedelta

from tenure.adapters.clocks.system import SystemClock


def test_now_is_in_utc_and_goes_on_while_one_sleeps() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.002)
    assert clock.now() - before >= timedelta(milliseconds=1)
    assert before.tzinfo is UTC
    assert abs(datetime.now(UTC) - before) < timedelta(minutes=1)
