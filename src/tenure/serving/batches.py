"""Questions that came in the same turn of the event loop, asked together: no timer, no waiting.

Only for versions that gain from it, which is measured when they are loaded. With few requests at
once the hop through the loop would only cost: then the model is asked directly, and now and then
a hop looks whether more has come.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from tenure.serving.rows import Rows, joined
from tenure.serving.versions import Ready

T = TypeVar("T")

LONELY_TURNS = 8
DIRECT = 64
"""After so many turns with a single question each, so many are asked without looking."""
_TOGETHER = 16
_TIMES = 3
_WORTH = 0.8
_PATIENCE_SECONDS = 0.02


class Turn(Generic[T]):
    """Gathers what comes in one turn of the loop and hands it over at its end."""

    def __init__(self, hand_over: Callable[[list[T]], None]) -> None:
        self._hand_over = hand_over
        self._waiting: list[T] = []
        self._lonely = 0
        self._direct = 0

    @property
    def takes(self) -> bool:
        """Whether to `put` the next one; else there is most probably nobody to wait for."""
        if self._waiting or self._direct == 0:
            return True
        self._direct -= 1
        return False

    def put(self, item: T, soon: Callable[[Callable[[], None]], object]) -> None:
        """Take one; `soon` is `loop.call_soon`."""
        self._waiting.append(item)
        if len(self._waiting) == 1:
            soon(self._end)

    def _end(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._lonely = self._lonely + 1 if len(waiting) == 1 else 0
        if self._lonely >= LONELY_TURNS:
            self._direct = DIRECT
        self._hand_over(waiting)


def gains(ready: Ready, row: Rows) -> bool:
    """Return whether many rows at once cost clearly less than one by one, by a measurement.

    Of a model that takes long for one row nothing is known, and it is asked alone.
    """
    together = joined([row] * _TOGETHER)
    began, alone = time.monotonic(), []
    for _ in range(_TIMES):
        alone.append(_spent(ready, row))
        if time.monotonic() - began > _PATIENCE_SECONDS:
            return False
    many = min(_spent(ready, together) for _ in range(_TIMES - 1))
    return many < _WORTH * _TOGETHER * min(alone)


def _spent(ready: Ready, rows: Rows) -> int:
    began = time.thread_time_ns()
    ready.predict(rows)
    return time.thread_time_ns() - began
