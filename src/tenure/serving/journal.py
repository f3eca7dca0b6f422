"""The prediction log as serving writes it: a pen for each promise, each with its own thread.

`async`: an answer is in the log at most 50 ms later, so kill -9 loses no more than that.
`durable`: an answer is sent only after it is in the log. Memory is bounded: what does not fit is
dropped, sampled, waited for or refused, as its release says (async), or refused (durable). What was
dropped is counted, and the log says so itself.
"""

import asyncio
from collections import deque

from tenure.core.errors import Kind, TenureError
from tenure.core.outcomes import DROP, REFUSE, SAMPLE, SAMPLED
from tenure.core.routing import POINTS, point
from tenure.serving import frames
from tenure.serving.entries import Entry
from tenure.serving.pens import Pen

BLOCK_SECONDS = 1.0
"""For how long an answer waits for room before its request is refused (`overflow = "block"`)."""
SAMPLE_ONE_IN = 16
_LOOK_SECONDS = 0.01


class Journal:
    """Both pens of a process. Everything here is for the event loop."""

    def __init__(self, relaxed: Pen, strict: Pen) -> None:
        self.relaxed = relaxed
        self.strict = strict
        self._turn: list[Entry] = []
        self._blocked: deque[tuple[Entry, asyncio.Future[None], float]] = deque()
        self._written: asyncio.Future[None] | None = None

    def start(self) -> None:
        frames.prepare()
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


def _full() -> TenureError:
    return TenureError(
        Kind.UNAVAILABLE, "log.full", "the prediction log cannot keep up", hint="try again"
    )


def _is_in_sample(entry: Entry) -> bool:
    """Hold for one request id in `SAMPLE_ONE_IN`, the same ones in every process."""
    return point(SAMPLE, entry.asked.request_id) < POINTS // SAMPLE_ONE_IN
