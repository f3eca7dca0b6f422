"""What waits for models that answer in processes of their own.

Each such version has a line and, while somebody stands in it, a thread of its own: it waits for the
process, so that neither the event loop nor another model's requests do. Whoever waits together is
asked together. A line is bounded, and nobody waits for longer than the model's deadline.
"""

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from tenure.core.errors import Kind, TenureError
from tenure.ports.training import GoneError
from tenure.serving.outputs import Numbers
from tenure.serving.residence import NotLoadedError
from tenure.serving.rows import Rows, joined
from tenure.serving.versions import Version

MOST_WAITING = 256
MOST_ROWS = 256
"""Rows that are asked for together."""
_IDLE_SECONDS = 5.0


@dataclass(slots=True)
class _Waiting:
    version: Version
    rows: Rows
    since: float
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Numbers]"


Outcome = Numbers | BaseException


class Lines:
    """The lines of one process, for its event loop."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting  # in each line
        self.depth = 0  # how many requests are waiting, or being answered
        self._lines: WeakKeyDictionary[Version, _Line] = WeakKeyDictionary()

    async def ask(self, version: Version, rows: Rows) -> Numbers:
        """Return what the model gives, unchecked; raise `model.busy`, `model.deadline` and others."""
        line = self._lines.get(version)
        if line is None:
            line = self._lines[version] = _Line(version.name, self._most_waiting)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(version, rows, time.monotonic(), loop, loop.create_future())
        line.put(waiting)
        self.depth += 1
        try:
            return await waiting.answer
        finally:
            self.depth -= 1


class _Line:
    def __init__(self, name: str, most_waiting: int) -> None:
        self._name = name
        self._most_waiting = most_waiting
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, waiting: _Waiting) -> None:
        with self._changed:
            if len(self._queue) >= self._most_waiting:
                raise TenureError(
                    Kind.LIMITED,
                    "model.busy",
                    f"{self._most_waiting} requests wait for this model already",
                    hint="slow down and try again",
                )
            self._queue.append(waiting)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name=f"tenure-line {self._name}", daemon=True
                )
                self._thread.start()
            else:
                self._changed.notify()

    def _run(self) -> None:
        while batch := self._next():
            outcomes: list[Outcome]
            try:
                outcomes = _answered(batch)
            except BaseException as error:  # noqa: BLE001  # the line goes on: all of them are told
                outcomes = [error] * len(batch)
            _deliver(batch, outcomes)
            del batch  # else a version that was evicted would live on in an idle thread

    def _next(self) -> list[_Waiting]:
        """Wait for requests and return who is asked for together; nobody when it stays quiet."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._queue), _IDLE_SECONDS):
                self._thread = None
                return []
            batch = [self._queue.popleft()]
            rows = batch[0].rows.count
            while self._queue and rows + self._queue[0].rows.count <= MOST_ROWS:
                batch.append(self._queue.popleft())
                rows += batch[-1].rows.count
            return batch


def _answered(batch: list[_Waiting]) -> list[Outcome]:
    """Return an outcome for each; an odd row fails alone, an end of the process ends all."""
    seconds = batch[0].version.deadline_seconds
    late = time.monotonic() - seconds
    kept = [waiting for waiting in batch if waiting.since >= late]
    found = dict(zip(map(id, kept), _asked(kept), strict=True))
    return [found.get(id(waiting)) or _too_late(seconds) for waiting in batch]


def _asked(batch: list[_Waiting]) -> list[Outcome]:
    if not batch:
        return []
    try:
        outputs = batch[0].version.predict(joined([waiting.rows for waiting in batch]))
    except (GoneError, NotLoadedError) as error:
        return [error] * len(batch)
    except Exception as error:  # noqa: BLE001  # foreign code may raise anything
        if len(batch) == 1:
            return [error]
        return [outcome for waiting in batch for outcome in _asked([waiting])]
    shares: list[Outcome] = []
    start = 0
    for waiting in batch:
        end = start + waiting.rows.count
        shares.append(outputs[start:end])
        start = end
    return shares


def _deliver(batch: list[_Waiting], outcomes: list[Outcome]) -> None:
    def settle() -> None:
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(outcome, BaseException):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome)

    try:
        batch[0].loop.call_soon_threadsafe(settle)
    except RuntimeError:  # the loop has ended, and with it everybody who waited
        return


def _too_late(seconds: float) -> TenureError:
    return TenureError(
        Kind.TIMED_OUT,
        "model.deadline",
        f"{seconds * 1000:g} ms were over before it was this request's turn",
        hint="slow down and try again",
    )
