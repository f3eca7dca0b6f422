"""Shadow answers: the other arms of an endpoint, computed after the answer was sent.

Requests that came within a moment share one call per version. The queue is bounded; what does not
fit is dropped and counted. A shadow never delays or fails an answer.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tenure.core.errors import TenureError
from tenure.core.hosting import RUNTIME
from tenure.serving.endpoints import Endpoint, LoadedArm
from tenure.serving.entries import OK, Asked, Entry
from tenure.serving.outputs import Numbers
from tenure.serving.rows import Rows, joined
from tenure.serving.versions import Version
from tenure.serving.work import Workshop

MAX_BYTES = 64 << 20
SLOW_BYTES = 8 << 20
"""What may wait for the Python models behind one endpoint."""
BATCH_ROWS = 128
_PAUSE_SECONDS = 0.002
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Waiting:
    """A request that an arm has answered with `outputs`."""

    endpoint: Endpoint
    answered: LoadedArm
    asked: Asked
    outputs: Numbers

    @property
    def rows(self) -> Rows:
        """What was asked: it was understood, or nobody would have answered."""
        assert self.asked.rows is not None  # noqa: S101  # see above
        return self.asked.rows


class Shadows:
    """The queue of an event loop; `put` hands the answers of every shadow arm to `log`.

    Endpoints with a Python model in the shadow have queues of their own: it may be slow.
    """

    def __init__(
        self, log: Callable[[Entry], None], workshop: Workshop, max_bytes: int = MAX_BYTES
    ) -> None:
        self._dropped_rows = 0
        self._log = log
        self._workshop = workshop
        self._max_bytes = max_bytes
        self._bytes = 0
        self._put = 0
        self._done = 0
        self._progress = asyncio.Event()
        self._queue: deque[Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._slow: dict[str, Shadows] = {}  # by endpoint

    @property
    def dropped_rows(self) -> int:
        """Rows that were not answered in the shadow."""
        return self._dropped_rows + sum(one.dropped_rows for one in self._slow.copy().values())

    def put(self, waiting: Waiting) -> None:
        """Take a request whose answer was sent."""
        behind = waiting.endpoint.behind(waiting.answered)
        if any(arm.arm.runtime == RUNTIME for arm in behind):
            self._slow_queue(waiting.endpoint.name).add(waiting)
        else:
            self.add(waiting)

    def add(self, waiting: Waiting) -> None:
        """Take a request into this very queue."""
        weight = waiting.asked.weight
        if self._bytes + weight > self._max_bytes:
            self._dropped_rows += waiting.rows.count
            return
        self._bytes += weight
        self._put += 1
        self._queue.append(waiting)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def finish(self) -> None:
        """Return when everything put before is in the hands of the log."""
        target = self._put
        while self._done < target:
            self._progress.clear()
            await self._progress.wait()
        for queue in list(self._slow.values()):
            await queue.finish()

    def _slow_queue(self, name: str) -> "Shadows":
        queue = self._slow.get(name)
        if queue is None:
            queue = self._slow[name] = Shadows(self._log, self._workshop, SLOW_BYTES)
        return queue

    async def _run(self) -> None:
        await asyncio.sleep(_PAUSE_SECONDS)
        while self._queue:
            batch = self._next()
            try:
                await self._answer(batch)
            except Exception:  # noqa: BLE001  # one odd batch must not end the shadows: recorded and counted
                self._dropped_rows += sum(waiting.rows.count for waiting in batch)
                _log.exception("shadow answers were lost")
            self._done += len(batch)
            self._progress.set()
            await asyncio.sleep(0)  # requests that have arrived go first
        self._task = None

    def _next(self) -> list[Waiting]:
        """Take what the same arm of the same endpoint has answered, up to a batch."""
        batch = [self._queue.popleft()]
        rows, answered = batch[0].rows.count, batch[0].answered
        while self._queue and self._queue[0].answered is answered:
            rows += self._queue[0].rows.count
            if rows > BATCH_ROWS:
                break
            batch.append(self._queue.popleft())
        self._bytes -= sum(waiting.asked.weight for waiting in batch)
        return batch

    async def _answer(self, batch: list[Waiting]) -> None:
        """Ask each version once; lanes with the version that answered share its answer."""
        endpoint, answered = batch[0].endpoint, batch[0].answered
        known = {id(answered.version): _Answer([w.outputs for w in batch], OK, 0, 0)}
        for arm in endpoint.behind(answered):
            name = id(arm.version)
            if name not in known:
                known[name] = await self._ask(arm.version, endpoint, batch)
            self._write(arm, batch, known[name])

    async def _ask(self, version: Version, endpoint: Endpoint, batch: list[Waiting]) -> "_Answer":
        """Ask for the batch; when that fails one by one, so that an odd row fails alone."""
        started, began = time.perf_counter_ns(), time.time_ns()
        try:
            rows = joined([waiting.rows for waiting in batch])
            outputs = await self._workshop.predict(version, endpoint.outputs, rows)
        except TenureError as error:
            if len(batch) == 1:
                return _Answer([None], error.code, _microseconds_since(started), began)
            alone = [await self._ask(version, endpoint, [waiting]) for waiting in batch]
            return _Answer(
                [answer.outputs[0] for answer in alone], error.code, alone[-1].latency_us, began
            )
        return _Answer(_shares(outputs, batch), OK, _microseconds_since(started), began)

    def _write(self, loaded: LoadedArm, batch: list[Waiting], answer: "_Answer") -> None:
        for waiting, outputs in zip(batch, answer.outputs, strict=True):
            loaded.meter.shadow_rows += waiting.rows.count
            status = answer.status if outputs is None else OK
            if outputs is None:
                loaded.meter.failed(status)
            trace = waiting.asked.trace
            if trace is not None and answer.began_ns:  # else it shares the answer that was sent
                error = "" if status == OK else status
                rows = waiting.rows.count
                trace.shadowed(loaded.arm, rows, answer.began_ns, answer.latency_us, error)
            self._log(
                Entry(
                    shape=waiting.endpoint.shape,
                    arm=loaded.arm,
                    lane=loaded.arm.lane,
                    asked=waiting.asked,
                    latency_us=answer.latency_us,
                    outputs=outputs,
                    status=status,
                )
            )


@dataclass(slots=True)
class _Answer:
    """One version's outputs per request of a batch; None where it failed with `status`."""

    outputs: Sequence[Numbers | None]
    status: str
    latency_us: int
    began_ns: int  # since 1970; 0 for an answer that was there already


def _shares(outputs: Numbers, batch: list[Waiting]) -> list[Numbers | None]:
    shares: list[Numbers | None] = []
    start = 0
    for waiting in batch:
        end = start + waiting.rows.count
        shares.append(outputs[start:end])
        start = end
    return shares


def _microseconds_since(started_ns: int) -> int:
    return (time.perf_counter_ns() - started_ns) // 1000
