"""Machine time that a test moves by hand. Waiting takes next to no time."""

import threading
import time
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2024, 6, 1, tzinfo=UTC)
_NAP_SECONDS = 0.001  # so that other threads get on while one waits


class HandClock:
    """`ports.clock.Clock`, for several threads. Sleeping moves it on, as waiting does."""

    def __init__(self, now: datetime = BEGIN) -> None:
        self._now = now
        self._turn = threading.Lock()

    def now(self) -> datetime:
        with self._turn:
            return self._now

    def sleep(self, seconds: float) -> None:
        self.move(timedelta(seconds=seconds))
        time.sleep(_NAP_SECONDS)

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        with self._turn:
            self._now += by
