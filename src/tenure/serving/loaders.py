"""The threads that load models. No tenant's slow models keep another's waiting.

A tenant loads at most two models at a time; whoever waits takes turns with the other tenants.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from tenure.core.errors import Kind, TenureError

THREADS = 8
PER_TENANT = 2
MAX_WAITING = 1000

Done = Future[None]


class Loaders:
    """Runs loads in a few threads, in fair order. May be called from any thread."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tenure-load")
        self._lock = threading.Lock()
        self._running: dict[str, int] = {}
        self._waiting: dict[str, deque[tuple[Callable[[], None], Done]]] = {}

    def submit(self, tenant_id: str, work: Callable[[], None]) -> Done:
        """Return what ends with the work; raise `model.loading` when too much is waiting."""
        done: Done = Future()
        with self._lock:
            if self.depth >= MAX_WAITING:
                raise TenureError(
                    Kind.UNAVAILABLE, "model.loading", "too many models are being loaded"
                )
            self._waiting.setdefault(tenant_id, deque()).append((work, done))
            self._start_some()
        return done

    @property
    def depth(self) -> int:
        """How many loads are waiting."""
        return sum(map(len, self._waiting.values()))

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _start_some(self) -> None:
        """Start what may be started, the tenant that has waited longest first."""
        for tenant_id in list(self._waiting):
            if sum(self._running.values()) >= THREADS:
                return
            if self._running.get(tenant_id, 0) >= PER_TENANT:
                continue
            queue = self._waiting.pop(tenant_id)
            work, done = queue.popleft()
            if queue:  # behind the others
                self._waiting[tenant_id] = queue
            self._running[tenant_id] = self._running.get(tenant_id, 0) + 1
            self._threads.submit(self._run, tenant_id, work, done)

    def _run(self, tenant_id: str, work: Callable[[], None], done: Done) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # whoever waits is told
            done.set_exception(error)
        else:
            done.set_result(None)
        with self._lock:
            self._running[tenant_id] -= 1
            if not self._running[tenant_id]:
                del self._running[tenant_id]
            self._start_some()
