"""The prediction log as serving writes it: a pen for each promise, each with its own thread.

`async`: an answer is in the log at most 50 ms later, so kill -9 loses no more than that.
`durable`: an answer is sent only after it is in the log. Memory is bounded: what does not fit is
dropped and counted (async) or refused (durable).
"""

import asyncio
import logging
import threading
import time
from collections import deque
from concurrent.futures import Future

from tenure.core.errors import Kind, TenureError
from tenure.ports.frames import LogWriter
from tenure.serving import entries as log_entries
from tenure.serving.entries import Entry

PAUSE_SECONDS = 0.02  # below the promised 50 ms: the write and the scheduler take the rest
MAX_BYTES = 64 << 20
_RETRY_SECONDS = 0.2
_log = logging.getLogger(__name__)

Mark = Future[None]
"""Stands in the queue behind entries and ends when they are in the log."""


class Pen:
    """Writes entries in order, a group at a time. `put` and `flush` are for the event loop.

    A `patient` pen tries again when writing fails, with what fits into memory; the other one
    fails its marks at once, so that the requests can be refused.
    """

    def __init__(
        self, writer: LogWriter, *, pause: float, patient: bool, max_bytes: int = MAX_BYTES
    ) -> None:
        self.dropped_rows = 0
        self._writer = writer
        self._pause = pause
        self._patient = patient
        self._max_bytes = max_bytes
        self._waiting: deque[Entry | Mark] = deque()
        self._put_bytes = 0  # changed by the event loop only
        self._written_bytes = 0  # changed by the thread only
        self._since = 0.0
        self._work = threading.Event()
        self._hurry = threading.Event()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="tenure-log", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, entry: Entry) -> bool:
        """Take an entry; False when the memory for it is used up: dropped and counted."""
        weight = entry.asked.weight
        if self._put_bytes - self._written_bytes + weight > self._max_bytes:
            self.dropped_rows += entry.asked.rows
            return False
        self._put_bytes += weight
        self._waiting.append(entry)
        self._wake()
        return True

    def flush(self) -> Mark:
        """Return what ends when everything put before is in the log."""
        mark: Mark = Future()
        self._waiting.append(mark)
        self._hurry.set()
        self._wake()
        return mark

    def close(self) -> None:
        """Write the rest and end the segment; waits."""
        self._closing = True
        self._hurry.set()
        self._work.set()
        self._thread.join()
        self._writer.close()

    @property
    def lag_seconds(self) -> float:
        """For how long the oldest entry has been waiting."""
        unwritten = self._put_bytes != self._written_bytes
        return time.monotonic() - self._since if unwritten else 0.0

    def _wake(self) -> None:
        if not self._work.is_set():
            self._since = time.monotonic()
            self._work.set()

    def _run(self) -> None:
        closing = False
        while not closing:
            self._work.wait()
            self._hurry.wait(self._pause)
            closing = self._closing
            self._work.clear()
            self._hurry.clear()
            self._write([self._waiting.popleft() for _ in range(len(self._waiting))])

    def _write(self, group: list[Entry | Mark]) -> None:
        entries = [item for item in group if isinstance(item, Entry)]
        failure: TenureError | None = None
        for page in log_entries.pages(entries):
            failure = self._append(page) or failure
        self._written_bytes += sum(entry.asked.weight for entry in entries)
        for item in group:
            if isinstance(item, Future):
                item.set_exception(failure) if failure else item.set_result(None)

    def _append(self, page: list[Entry]) -> TenureError | None:
        while True:
            failure = self._try(page)
            if failure is None:
                self._failing = False
                return None
            if not self._failing:  # once, not fifty times a second
                _log.error("the prediction log does not take answers: %s", failure)
            self._failing = True
            lasting = failure.kind is not Kind.UNAVAILABLE
            if lasting or not self._patient or self._closing:
                self.dropped_rows += sum(entry.asked.rows for entry in page)
                return failure
            time.sleep(_RETRY_SECONDS)

    def _try(self, page: list[Entry]) -> TenureError | None:
        try:
            self._writer.append(log_entries.frame(page))
        except TenureError as error:
            return error
        except Exception as error:  # noqa: BLE001  # one odd answer must not end the log: recorded
            return TenureError(Kind.FAILED, "log.bad_entry", f"{type(error).__name__}: {error}")
        return None


class Journal:
    """Both pens of a process. Everything here is for the event loop."""

    def __init__(self, relaxed: Pen, strict: Pen) -> None:
        self.relaxed = relaxed
        self.strict = strict
        self._turn: asyncio.Future[None] | None = None

    def start(self) -> None:
        log_entries.prepare()
        self.relaxed.start()
        self.strict.start()

    def put(self, entry: Entry) -> None:
        """Log an answer at most 50 ms later."""
        self.relaxed.put(entry)

    def put_durably(self, entry: Entry) -> asyncio.Future[None]:
        """Log an answer and return what ends when it is in the log.

        All answers of one turn of the event loop share a write. Raises `log.full`.
        """
        if not self.strict.put(entry):
            raise TenureError(
                Kind.UNAVAILABLE, "log.full", "the prediction log cannot keep up", hint="try again"
            )
        if self._turn is None:
            loop = asyncio.get_running_loop()
            self._turn = loop.create_future()
            loop.call_soon(self._end_turn, self._turn)
        return self._turn

    async def flush(self) -> None:
        """Return when everything put before is in the log."""
        marks = [asyncio.wrap_future(pen.flush()) for pen in (self.relaxed, self.strict)]
        await asyncio.gather(*marks)

    def close(self) -> None:
        """Write the rest; waits, so it is called from a thread."""
        self.relaxed.close()
        self.strict.close()

    def _end_turn(self, turn: asyncio.Future[None]) -> None:
        self._turn = None
        written = asyncio.wrap_future(self.strict.flush())
        written.add_done_callback(lambda done: _hand_on(done, turn))


def _hand_on(done: asyncio.Future[None], turn: asyncio.Future[None]) -> None:
    failure = done.exception()
    if turn.done():  # everybody who waited has gone away
        return
    if failure is None:
        turn.set_result(None)
    else:
        turn.set_exception(failure)
