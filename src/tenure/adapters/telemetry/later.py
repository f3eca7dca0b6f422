"""Work that is put aside now and done a moment later, in a thread: bounded, what is lost is counted."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """Hands what was `put` to `work`, all that came within `pause` seconds at once."""

    def __init__(
        self, name: str, work: Callable[[list[T]], None], *, most: int, pause: float
    ) -> None:
        self.dropped = 0  # changed by whoever puts
        self._work = work
        self._most = most
        self._pause = pause
        self._waiting: deque[T] = deque()
        self._some = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def put(self, item: T) -> None:
        if len(self._waiting) >= self._most:
            self.dropped += 1
            return
        self._waiting.append(item)
        if not self._some.is_set():
            self._some.set()

    def close(self) -> None:
        """Do the rest; waits."""
        self._closing.set()
        self._some.set()
        self._thread.join()

    def _run(self) -> None:
        while not (self._closing.is_set() and not self._waiting):
            self._some.wait()
            self._closing.wait(self._pause)
            self._some.clear()
            self._work([self._waiting.popleft() for _ in range(len(self._waiting))])
