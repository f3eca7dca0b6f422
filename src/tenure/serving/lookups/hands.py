"""Threads for calls that wait for other people's machines. They never hold up the process's end."""

import queue
import threading
from collections.abc import Callable

MOST = 128
IDLE_SECONDS = 10.0
Work = Callable[[], None]


class Hands:
    """Threads that come when they are needed and go when they are not."""

    def __init__(self, most: int = MOST, idle_seconds: float = IDLE_SECONDS) -> None:
        self.count = 0
        self._most = most
        self._idle_seconds = idle_seconds
        self._idle = 0  # threads that wait and that nobody has put something in the queue for
        self._queue: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def take(self, work: Work) -> bool:
        """Have it done, and return True; return False when every thread is busy."""
        with self._lock:
            if self._idle:
                self._idle -= 1
                self._queue.put(work)
                return True
            if self.count >= self._most:
                return False
            self.count += 1
        threading.Thread(target=self._run, args=(work,), name="tenure-lookup", daemon=True).start()
        return True

    def _run(self, work: Work) -> None:
        while True:
            work()
            with self._lock:
                self._idle += 1
            try:
                work = self._queue.get(timeout=self._idle_seconds)
            except queue.Empty:
                with self._lock:
                    if self._idle:
                        self._idle -= 1
                        self.count -= 1
                        return
                work = self._queue.get()  # somebody has counted on us in this very moment
