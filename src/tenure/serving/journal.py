"""The prediction log as serving writes it: a pen for each promise, each with its own thread.

`async`: an answer is in the log at most 50 ms later, so kill -9 loses no more than that.
`durable`: an answer is sent only after it is in the log. Memory is bounded: what does not fit is
dropped, sampled, waited for or refused, as its release says (async), or refused (durable). What was
dropped is counted, and the log says so itself.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass

from tenure.core.errors import Kind, TenureError
from tenure.core.outcomes import DROP, DROPPED, REFUSE, SAMPLE, SAMPLED
from tenure.core.routing import POINTS, point
from tenure.ports.frames import LogWriter
from tenure.serving import entries as log_entries
from tenure.serving import gaps
from tenure.serving.entries import Entry
from tenure.serving.gaps import Gaps

PAUSE_SECONDS = 0.02  # below the promised 50 ms: the write and the scheduler take the rest
MAX_BYTES = 64 << 20
BLOCK_SECONDS = 1.0
"""For how long an answer waits for room before its request is refused (`overflow = "block"`)."""
SAMPLE_ONE_IN = 16
_LOOK_SECONDS = 0.01
_RETRY_SECONDS = 0.2
_log = logging.getLogger(__name__)

Mark = Future[None]
"""Stands in the queue behind entries and ends when they have been dealt with."""


@dataclass(slots=True)
class _Turn:
    """Answers that are held back until they are in the log; `done` fails when they are not."""

    entries: list[Entry]
    done: Mark


class Pen:
    """Writes entries in order, a group at a time, in a thread of its own.

    Entries that were `put` are tried again while the disk fails, as long as memory lasts. A turn
    that was handed in with `commit` is tried once: its requests can still be refused.
    """

    def __init__(self, writer: LogWriter, *, pause: float, max_bytes: int = MAX_BYTES) -> None:
        self.dropped_rows = 0
        self.gaps = Gaps()
        self._writer = writer
        self._pause = pause
        self._max_bytes = max_bytes
        self._waiting: deque[Entry | _Turn | Mark] = deque()
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

    def put(self, entry: Entry) -> None:
        """Take an entry. When the memory for it is used up it is dropped and counted."""
        if self.reserve(entry):
            self.take(entry)
        else:
            self.drop(entry)

    def take(self, entry: Entry) -> None:
        """Take a reserved entry."""
        self._waiting.append(entry)
        self._wake()

    def drop(self, entry: Entry, reason: str = DROPPED) -> None:
        """Count an entry that will not be written; the log says so as soon as it can."""
        self.dropped_rows += entry.asked.count
        self.gaps.add(entry, reason)
        self._wake()

    @property
    def is_pressed(self) -> bool:
        """Whether half of the memory is used up."""
        return self._put_bytes - self._written_bytes > self._max_bytes // 2

    def reserve(self, entry: Entry) -> bool:
        """Return whether there is memory for the entry, and take it."""
        weight = entry.asked.weight
        if self._put_bytes - self._written_bytes + weight > self._max_bytes:
            return False
        self._put_bytes += weight
        return True

    def commit(self, entries: list[Entry]) -> Mark:
        """Write reserved entries at once; the mark fails when one of them is not in the log."""
        turn = _Turn(entries, Future())
        self._waiting.append(turn)
        self._hurry.set()
        self._wake()
        return turn.done

    def flush(self) -> Mark:
        """Return what ends when everything before is in the log, or was counted as dropped."""
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

    def _write(self, group: list[Entry | _Turn | Mark]) -> None:
        entries = [item for item in group if isinstance(item, Entry)]
        turns = [item for item in group if isinstance(item, _Turn)]
        held = [entry for turn in turns for entry in turn.entries]
        self._write_all(entries, patient=True)
        failure = self._write_all(held, patient=False)
        self._written_bytes += sum(entry.asked.weight for entry in (*entries, *held))
        self._write_gaps()
        for turn in turns:
            # when one of them failed all are refused: refusing what is logged loses nothing
            _end(turn.done, failure)
        for item in group:
            if isinstance(item, Future):
                _end(item, None)

    def _write_gaps(self) -> None:
        for key, gap in self.gaps.take():
            try:
                self._writer.append(gaps.frame(key, gap))
            except TenureError:  # told already; the next group brings it along
                self.gaps.give_back(key, gap)

    def _write_all(self, entries: list[Entry], *, patient: bool) -> TenureError | None:
        failure: TenureError | None = None
        for page in log_entries.pages(entries):
            failure = self._append(page, patient=patient) or failure
        return failure

    def _append(self, page: list[Entry], *, patient: bool) -> TenureError | None:
        while True:
            failure = self._try(page)
            if failure is None:
                self._failing = False
                return None
            if not self._failing:  # once, not fifty times a second
                _log.error("the prediction log does not take answers: %s", failure)
            self._failing = True
            lasting = failure.kind is not Kind.UNAVAILABLE
            if lasting or not patient or self._closing:
                for entry in page if patient else ():  # others are refused: nobody was answered
                    self.drop(entry)
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


def _full() -> TenureError:
    return TenureError(
        Kind.UNAVAILABLE, "log.full", "the prediction log cannot keep up", hint="try again"
    )


def _is_in_sample(entry: Entry) -> bool:
    """Hold for one request id in `SAMPLE_ONE_IN`, the same ones in every process."""
    return point(SAMPLE, entry.asked.request_id) < POINTS // SAMPLE_ONE_IN


def _end(mark: Mark, failure: TenureError | None) -> None:
    if not mark.set_running_or_notify_cancel():  # nobody waits any more
        return
    if failure is None:
        mark.set_result(None)
    else:
        mark.set_exception(failure)


class Journal:
    """Both pens of a process. Everything here is for the event loop."""

    def __init__(self, relaxed: Pen, strict: Pen) -> None:
        self.relaxed = relaxed
        self.strict = strict
        self._turn: list[Entry] = []
        self._blocked: deque[tuple[Entry, asyncio.Future[None], float]] = deque()
        self._written: asyncio.Future[None] | None = None

    def start(self) -> None:
        log_entries.prepare()
        self.relaxed.start()
        self.strict.start()

    def put(self, entry: Entry) -> asyncio.Future[None] | None:
        """Log an answer at most 50 ms later; where memory is used up its release says what then.

        Returns what ends when there is room for it, if it has to wait; raises `log.full`.
        """
        if self.relaxed.is_pressed:
            return self._put_pressed(entry)
        self.relaxed.put(entry)
        return None

    def note(self, entry: Entry) -> None:
        """Log what nobody waits for: refusals and shadows. It is dropped where memory is used up."""
        self.relaxed.put(entry)

    async def put_durably(self, entry: Entry) -> None:
        """Return when an answer is in the log; raise `log.full` or `log.write_failed`."""
        # shared with the other requests of the turn: a cancelled one must not end it for them
        await asyncio.shield(self.hold(entry))

    def hold(self, entry: Entry) -> asyncio.Future[None]:
        """Return what ends when an answer is in the log, or fails; raise `log.full`.

        All answers of one turn of the event loop share a write and this future.
        """
        if not self.strict.reserve(entry):
            raise _full()
        self._turn.append(entry)
        if self._written is None:
            loop = asyncio.get_running_loop()
            self._written = loop.create_future()
            loop.call_soon(self._commit)
        return self._written

    async def flush(self) -> None:
        """Return when everything put before is in the log, or was counted as dropped."""
        marks = [asyncio.wrap_future(pen.flush()) for pen in (self.relaxed, self.strict)]
        await asyncio.gather(*marks)

    def close(self) -> None:
        """Write the rest; waits, so it is called from a thread."""
        self.relaxed.close()
        self.strict.close()

    def _put_pressed(self, entry: Entry) -> asyncio.Future[None] | None:
        policy, pen = entry.shape.release.overflow, self.relaxed
        if policy == SAMPLE and not _is_in_sample(entry):
            pen.drop(entry, SAMPLED)
        elif policy in {DROP, SAMPLE}:
            pen.put(entry)
        elif not self._blocked and pen.reserve(entry):
            pen.take(entry)
        elif policy == REFUSE:
            raise _full()
        else:
            return self._block(entry)
        return None

    def _block(self, entry: Entry) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        room: asyncio.Future[None] = loop.create_future()
        if not self._blocked:
            loop.call_later(_LOOK_SECONDS, self._admit)
        self._blocked.append((entry, room, loop.time() + BLOCK_SECONDS))
        return room

    def _admit(self) -> None:
        """Let in, in order, who waits for room; refuse who has waited too long."""
        loop = asyncio.get_running_loop()
        while self._blocked:
            entry, room, until = self._blocked[0]
            if self.relaxed.reserve(entry):
                self.relaxed.take(entry)
                room.set_result(None)
            elif loop.time() >= until:
                room.set_exception(_full())
            else:
                loop.call_later(_LOOK_SECONDS, self._admit)
                return
            self._blocked.popleft()

    def _commit(self) -> None:
        entries, self._turn = self._turn, []
        promise, self._written = self._written, None
        done = asyncio.wrap_future(self.strict.commit(entries))
        done.add_done_callback(lambda written: _hand_on(written, promise))


def _hand_on(done: asyncio.Future[None], promise: asyncio.Future[None] | None) -> None:
    if promise is None or promise.done():  # everybody who waited has gone away
        return
    failure = done.exception()
    if failure is None:
        promise.set_result(None)
    else:
        promise.set_exception(failure)
