"""Obeys the releases: watches the index, swaps the snapshot, keeps barriers, and says so.

Watching and loading happen in a thread; the event loop only swaps a reference. Acknowledgements
are written on behalf of the event loop, so a heartbeat also shows that the loop turns.
"""

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from tenure.core.errors import TenureError
from tenure.ports.releases import Acknowledgement, Releases, alive
from tenure.serving.endpoints import NOTHING, Snapshot
from tenure.serving.loading import Loader

POLL_SECONDS = 0.02
HEARTBEAT_SECONDS = 1.0
_RETRY_SECONDS = 2.0
_REVIEW_SECONDS = 1.0
_log = logging.getLogger(__name__)


def living(releases: Releases) -> set[str]:
    """Return the processes that said a moment ago that they serve."""
    return {ack.process for ack in alive(releases, datetime.now(UTC))}


class Follower:
    """Applies what the index says.

    `swap` gets each snapshot on the event loop. `settle` returns when everything accepted before
    it was called is in the log, shadow answers included.
    """

    def __init__(
        self,
        process: str,
        loader: Loader,
        chores: tuple[Callable[[], None], Callable[[], None]],
        releases: Releases,
        swap: Callable[[Snapshot], None],
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self._process = process
        self._loader = loader
        self._review, self._answer = chores  # now and then, and in every round
        self._review_at = 0.0
        self._releases = releases
        self._swap = swap
        self._settle = settle
        self._built = NOTHING  # the thread's
        self._applied = NOTHING  # the event loop's
        self._barrier = 0
        self._trouble = ""
        self._stop = threading.Event()
        self._news = asyncio.Event()
        self._thread: threading.Thread | None = None
        self._teller: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._teller = loop.create_task(self._tell())
        self._thread = threading.Thread(
            target=self._watch, args=(loop,), name="tenure-releases", daemon=True
        )
        self._thread.start()

    async def stop(self, seconds: float) -> None:
        """Stop watching; keep the last barrier, for which `seconds` are enough, and say so."""
        self._stop.set()
        self._news.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        if self._teller is not None:
            await self._teller
        with contextlib.suppress(TimeoutError):  # the log cannot be written: it is not kept
            async with asyncio.timeout(seconds):
                await self._keep_barrier()
        await self._acknowledge()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        seen: object = self  # no token equals it: the first look always reads
        retry_at = 0.0
        while not self._stop.is_set():
            try:
                token = self._releases.changed(seen)
                again = (self._built.failed or self._trouble) and time.monotonic() >= retry_at
                if token != seen or again:
                    seen, retry_at = token, time.monotonic() + _RETRY_SECONDS
                    self._read(loop)
                    self._note("")
            except Exception as error:  # noqa: BLE001  # the watch goes on with what it has: recorded
                self._note(f"{type(error).__name__}: {error}")
            self._do_chores()
            time.sleep(POLL_SECONDS)  # half the CPU of waiting for the event

    def _do_chores(self) -> None:
        try:
            self._answer()
            if time.monotonic() >= self._review_at:
                self._review_at = time.monotonic() + _REVIEW_SECONDS
                self._review()
        except Exception:  # noqa: BLE001  # the watch goes on: recorded
            _log.exception("a chore failed")

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        index = self._releases.index()
        if index == self._built.index and not self._built.failed:
            return
        before = self._built
        if before.applied:  # keys and barriers do not wait for models
            loop.call_soon_threadsafe(self._apply, self._loader.at_once(index, before))
        self._built = self._loader.build(index, before)
        for name, why in self._built.failed.items():
            if before.failed.get(name) != why:
                _log.error("%s was not applied: %s", name, why)
        loop.call_soon_threadsafe(self._apply, self._built)

    def _apply(self, snapshot: Snapshot) -> None:
        self._applied = snapshot
        self._swap(snapshot)
        self._news.set()

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            _log.error("the releases cannot be followed: %s", trouble)
        self._trouble = trouble

    async def _tell(self) -> None:
        """Acknowledge what is new at once, and otherwise that the process is alive."""
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), HEARTBEAT_SECONDS)
            self._news.clear()
            idle = self._keeper is None or self._keeper.done()
            if idle and self._applied.index.barrier > self._barrier:
                self._keeper = asyncio.create_task(self._keep_barrier())
            await self._acknowledge()

    async def _keep_barrier(self) -> None:
        """Settle, then call the barrier kept."""
        barrier = self._applied.index.barrier
        await self._settle()
        self._barrier = barrier
        self._news.set()

    async def _acknowledge(self) -> None:
        applied = self._applied
        if not applied.applied:
            return
        ack = Acknowledgement(
            process=self._process,
            pid=os.getpid(),
            generation=applied.index.generation,
            barrier=self._barrier,
            at=datetime.now(UTC),
            failed=dict(applied.failed) or None,
        )
        try:
            await asyncio.to_thread(self._releases.acknowledge, ack)
        except (OSError, TenureError) as error:
            _log.error("the acknowledgement cannot be written: %s", error)
