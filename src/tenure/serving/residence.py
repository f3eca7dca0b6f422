"""What is in memory: versions and described endpoints, within a budget of measured bytes.

What was used longest ago goes first; resident models never go. A version is loaded once however
many wait for it, each waits a bounded time, and a load that failed is remembered for a while, so
that a broken model costs nobody else anything.
"""

import asyncio
import gc
import heapq
import itertools
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from weakref import ReferenceType, ref

from tenure.core.errors import Kind, TenureError
from tenure.ports.memory import Memory
from tenure.serving.loaders import Done, Loaders

DEFAULT_BYTES = 2 << 30
PATIENCE_SECONDS = 5.0
_RETRY_SECONDS = (2.0, 60.0)  # first and longest
_CALM_SECONDS = 60.0  # without a fall: earlier ones are forgotten
_TRIM_BYTES = 16 << 20
_TIDY_LOADS = 64
_SLACK = 0.05  # of the budget: how far the process may exceed it before more is evicted
_log = logging.getLogger(__name__)
T = TypeVar("T")


class Held(ABC):
    """Something that takes memory: a version's predictor, or an endpoint's description."""

    __slots__ = ("__weakref__", "bytes", "kept", "name", "residence", "used")

    def __init__(self, residence: "Residence", name: str, *, kept: bool) -> None:
        self.residence = residence
        self.name = name  # for the log
        self.kept = kept  # never evicted
        self.bytes = 0  # 0: not in memory
        self.used = 0  # the residence's turn when it was last asked for

    def hold(self, size: int) -> None:
        """Count the memory that it takes from now on; others may have to go."""
        self.bytes = max(1, size)
        self.residence.enter(self)

    def evict(self) -> None:
        """Let go of the memory."""
        size, self.bytes = self.bytes, 0
        self.let_go()
        self.residence.left(size)

    @abstractmethod
    def let_go(self) -> None:
        """Drop what takes the memory."""

    def __del__(self) -> None:
        if self.bytes:
            self.residence.left(self.bytes)


@dataclass(slots=True)
class Failure:
    """Why a version could not be loaded, and when that is tried again."""

    why: str
    retry_at: float  # time.monotonic()
    pause: float

    @property
    def is_over(self) -> bool:
        """Whether it may be tried again."""
        return time.monotonic() >= self.retry_at


class Residence:
    """The budget of one process. May be used from any thread."""

    def __init__(self, budget: int, memory: Memory, *, patience: float = PATIENCE_SECONDS) -> None:
        self.turn = 0  # grows with every load; who is asked for notes it
        self.loads = 0
        self.failures = 0
        self.evictions = 0
        self.falls = 0  # of models that answer in processes of their own
        self.late = 0  # of those: how often one had no answer in time
        self.budget = budget
        self._memory = memory
        self.patience = patience
        self._loaders = Loaders()
        self._lock = threading.Lock()
        self._bytes = 0
        self._left: deque[int] = deque()  # bytes of what was let go without an eviction
        self._queue: list[tuple[int, int, ReferenceType[Held]]] = []
        self._order = itertools.count()
        self._measuring = 0  # loads under way
        self._overlaps = 0  # grows when a load begins while another is under way
        self._ratio: dict[str, float] = {}  # runtime → bytes in memory per byte of its files
        self._untrimmed = 0
        self._base: int | None = None

    @property
    def bytes(self) -> int:
        """What is in memory now."""
        return self._bytes - sum(self._left)

    @property
    def depth(self) -> int:
        """How many loads are waiting for a thread."""
        return self._loaders.depth

    def start(self) -> None:
        """Take what the process occupies now as what it needs without any model."""
        self._base = self._memory.occupied()

    def close(self) -> None:
        self._loaders.close()

    async def wait(self, load: Done, name: str) -> None:
        """Wait for a load, a bounded time; raise `model.loading` past it."""
        try:
            async with asyncio.timeout(self.patience):
                # shielded: who gives up does not end the load for the others
                await asyncio.shield(asyncio.wrap_future(load))
        except TimeoutError:
            raise still_loading(name) from None

    def submit(self, tenant_id: str, work: Callable[[], None]) -> Done:
        return self._loaders.submit(tenant_id, work)

    def weigh(self, runtime: str, size: int, make: Callable[[], T]) -> tuple[T, int]:
        """Return what `make` makes from `size` bytes of files, and how many bytes it takes.

        What says its own weight is believed. Otherwise the growth of the process is taken, when
        nothing else was loaded at that time; else the ratio that was last measured.
        """
        with self._lock:
            self._overlaps += self._measuring > 0
            self._measuring += 1
            overlaps = self._overlaps
        try:
            before = self._memory.allocated()
            made = make()
            grown = self._memory.allocated() - before
        finally:
            with self._lock:
                self._measuring -= 1
                alone = overlaps == self._overlaps and self._measuring == 0
        said = getattr(made, "bytes", None)
        if isinstance(said, int) and said > 0:
            return made, said
        if alone and grown > size // 2:
            self._ratio[runtime] = grown / max(size, 1)
            return made, grown
        return made, max(size, int(size * self._ratio.get(runtime, 2.0)))

    def enter(self, held: Held) -> None:
        """Count what was just brought into memory, and make room for it."""
        with self._lock:
            self.turn += 1
            held.used = self.turn
            self._bytes += held.bytes
            if not held.kept:
                self._push(held)
            self._make_room(self.budget, but=held)
            tidy = self.turn % _TIDY_LOADS == 0
            if tidy:
                self._forget_the_dead()
        if tidy:  # what was loaded lives long: the collector need not look at it again and again
            gc.collect(1)
            gc.freeze()

    def drop(self, held: Held) -> None:
        """Let go of what is of no use any more."""
        with self._lock:
            if held.bytes:
                held.evict()
            else:
                held.let_go()

    def left(self, size: int) -> None:
        """Note that memory was let go. Takes no lock: a destructor calls it."""
        self._left.append(size)

    def review(self) -> None:
        """Hold the budget against what the process really occupies; called every second or so."""
        if self._base is None:
            return
        if self._untrimmed >= _TRIM_BYTES:
            self._trim()
        taken = self._memory.occupied() - self._base
        if taken > self.budget * (1 + _SLACK):
            self._base += self._shrink(taken)

    def _shrink(self, taken: int) -> int:
        """Evict in proportion; return what is still too much, when it is not the models'."""
        with self._lock:
            before = self.bytes
            self._make_room(before * self.budget // taken)
            evicted = before - self.bytes
        self._trim()
        left = self._memory.occupied() - (self._base or 0)
        helped = taken - left >= evicted // 2 > 0
        return 0 if helped else max(0, left - self.budget)

    def _trim(self) -> None:
        self._untrimmed = 0
        self._memory.give_back()

    def _push(self, held: Held) -> None:
        heapq.heappush(self._queue, (held.used, next(self._order), ref(held)))

    def _forget_the_dead(self) -> None:
        alive = [one for one in self._queue if (held := one[2]()) is not None and held.bytes]
        heapq.heapify(alive)
        self._queue = alive

    def _settle(self) -> None:
        while self._left:
            size = self._left.popleft()
            self._bytes -= size
            self._untrimmed += size

    def _make_room(self, budget: int, but: Held | None = None) -> None:
        """Evict what was used longest ago until the rest fits."""
        self._settle()
        spared = False
        while self._bytes > budget and self._queue:
            used, _, found = heapq.heappop(self._queue)
            held = found()
            if held is None or not held.bytes:
                continue
            if held is but:
                spared = True
            elif held.used != used:  # asked for since: it stands further back
                self._push(held)
            else:
                self._evict(held)
            del held  # the last reference: what hangs on an endpoint goes with it
            self._settle()
        if spared and but is not None:
            self._push(but)

    def _evict(self, held: Held) -> None:
        size = held.bytes
        held.evict()
        self.evictions += 1
        idle = self.turn - held.used
        _log.info("%s was evicted: %d bytes, unused for %d loads", held.name, size, idle)


def failed(error: BaseException, before: Failure | None) -> Failure:
    """Remember a failed load; each further failure is remembered for twice as long."""
    first, longest = _RETRY_SECONDS
    pause = min(longest, before.pause * 2) if before else first
    why = str(error) or type(error).__name__
    return Failure(why, time.monotonic() + pause, pause)


def fallen(why: str, before: Failure | None) -> Failure:
    """Remember that a model's process has ended. The first end costs no pause; soon after, others do."""
    now, pause = time.monotonic(), 0.0
    if before is not None and now - before.retry_at < _CALM_SECONDS:
        pause = min(_RETRY_SECONDS[1], max(1.0, before.pause * 2))
    return Failure(why, now + pause, pause)


class NotLoadedError(TenureError):
    """The version is not in memory, and cannot be brought there now."""


def still_loading(name: str) -> NotLoadedError:
    return NotLoadedError(
        Kind.UNAVAILABLE, "model.loading", f"{name!r} is being loaded", hint="try again"
    )


def not_loaded(name: str) -> NotLoadedError:
    """Say no more than that: the reason stands in the process's own log."""
    return NotLoadedError(
        Kind.UNAVAILABLE,
        "model.not_loaded",
        f"{name!r} could not be loaded",
        hint="it is tried again in a while; its operator finds the reason in serving's log",
    )


def restarting(name: str) -> NotLoadedError:
    return NotLoadedError(
        Kind.UNAVAILABLE,
        "model.restarting",
        f"{name!r} fell over several times and is started again in a while",
        hint="try again later; its operator finds the reason in serving's log",
    )
