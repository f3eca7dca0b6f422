"""Machine time. Business time is state (`core/clock.py`), moved by people and by replay."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The machine's time, and waiting."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
