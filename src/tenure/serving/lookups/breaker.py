"""A circuit breaker: a store that failed time and again is left alone for a while.

Times are seconds of one monotonic clock, handed in.
"""

FAILURES = 5
"""So many failures in a row, and nobody asks for a while."""
FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0


class Breaker:
    """Says whether to ask. What fails within `span` seconds is one failure: it had one cause."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._failures = 0
        self._failed_at = float("-inf")
        self._until = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether the store is left alone, but for a single question now and then."""
        return self._failures >= FAILURES

    def asks(self, now: float) -> bool:
        """Return whether to ask now. While it is open one question comes through at each pause."""
        if not self.is_open:
            return True
        if now < self._until:
            return False
        self._until = now + max(FIRST_SECONDS, self._span)
        return True

    def succeeded(self) -> None:
        """Close it."""
        self._failures = 0

    def failed(self, now: float) -> bool:
        """Count a failure; return True when it opens the breaker."""
        if now < self._failed_at + self._span:
            return False
        self._failed_at = now
        self._failures += 1
        if not self.is_open:
            return False
        times = min(self._failures - FAILURES, 10)
        self._until = now + min(LONGEST_SECONDS, FIRST_SECONDS * 2**times)
        return self._failures == FAILURES
