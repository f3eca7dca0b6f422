"""Pens: threads that write entries into the log, in order, a group at a time.

`Journal` has one for each of the log's promises. Memory is bounded: what does not fit is counted, and
the log says so itself.
"""

import logging
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass

from tenure.core.errors import Kind, TenureError
from tenure.core.outcomes import DROPPED
from tenure.ports.frames import LogWriter
from tenure.serving import entries as log_entries
from tenure.serving import frames, gaps
from tenure.serving.entries import Entry
from tenure.serving.gaps import Gaps

PAUSE_SECONDS = 0.02  # below the promised 50 ms: the write and the scheduler take the rest
MAX_BYTES = 64 << 20
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
            self._writer.append(frames.frame(page))
        except TenureError as error:
            return error
        except Exception as error:  # noqa: BLE001  # one odd answer must not end the log: recorded
            return TenureError(Kind.FAILED, "log.bad_entry", f"{type(error).__name__}: {error}")
        return None


def _end(mark: Mark, failure: TenureError | None) -> None:
    if not mark.set_running_or_notify_cancel():  # nobody waits any more
        return
    if failure is None:
        mark.set_result(None)
    else:
        mark.set_exception(failure)
