"""One inference request: read, check, ask, log, answer, hand to the shadows.

The hot path, and the same for every protocol: a codec brings a way to read its body into a
`Question` and writes an `Answer` in its own words (`v2_json.py` is one). Nothing here knows HTTP.
Nearly every request is answered without leaving the function that took it in.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from tenure.core.errors import Kind, TenureError
from tenure.serving import limits, questions
from tenure.serving.batches import Turn
from tenure.serving.endpoints import Endpoint
from tenure.serving.entries import OK, Entry
from tenure.serving.flights import Flights
from tenure.serving.journal import Journal
from tenure.serving.lookups.rows import PartialRows
from tenure.serving.outputs import Numbers
from tenure.serving.questions import Answer, Question, Read
from tenure.serving.rows import joined
from tenure.serving.shadows import Shadows, Waiting
from tenure.serving.tracing import Trace
from tenure.serving.work import LOOP_BYTES, LOOP_ROWS, Workshop, predict_now

_DURABLE = "durable"
_log = logging.getLogger(__name__)


class Inference:
    """Answers questions to endpoints. Shared by all requests of a process; for its event loop."""

    def __init__(
        self, process: str, journal: Journal, shadows: Shadows, workshop: Workshop, flights: Flights
    ) -> None:
        self._process = process
        self._journal = journal
        self._shadows = shadows
        self._workshop = workshop
        self._flights = flights
        self._numbers = itertools.count(1)
        self._turn: Turn[Question] = Turn(self._ask_together)
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(
        self,
        endpoint: Endpoint,
        version: str | None,
        read: Read,
        size: int,
        trace: Trace | None = None,
    ) -> Answer:
        """Answer one request whose body has `size` bytes; `version` pins one of the endpoint's."""
        promise: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def keep(answer: Answer) -> None:
            if not promise.done():  # who asked may have gone away
                promise.set_result(answer)

        self.submit(endpoint, version, read, size, keep, trace)
        return await promise

    def submit(
        self,
        endpoint: Endpoint,
        version: str | None,
        read: Read,
        size: int,
        done: Callable[[Answer], None],
        trace: Trace | None = None,
    ) -> None:
        """As `answer`; `done` gets the answer, as a rule before this returns."""
        question = self._begin(endpoint, size, done)
        question.trace = trace
        try:
            limits.enter(endpoint.allowances, size)
            question.admitted = True
            questions.choose(question, version)
            if size > LOOP_BYTES:
                self._spawn(question, self._read_and_ask(question, version, read))
                return
            read(question)
            questions.split(question, version)
        except TenureError as error:
            self._refuse(question, error)
            return
        except Exception:  # noqa: BLE001  # as in `_guarded`: what it took has to be given back
            _log.exception("a request failed")
            self._refuse(question, failed())
            return
        if endpoint.lookups is not None and isinstance(question.rows, PartialRows):
            self._spawn(question, self._look_up_and_ask(question))
        elif question.loaded.version.gains and self._turn.takes:
            self._wait(question)
            self._turn.put(question, asyncio.get_running_loop().call_soon)
        else:
            self._ask(question)

    def refuse(self, endpoint: Endpoint, error: TenureError, trace: Trace | None = None) -> Answer:
        """Log and count a request whose body could not even be taken in."""
        answers: list[Answer] = []
        question = self._begin(endpoint, 0, answers.append)
        question.trace = trace
        self._refuse(question, error)
        return answers[0]

    def _begin(self, endpoint: Endpoint, size: int, done: Callable[[Answer], None]) -> Question:
        return Question(
            f"{self._process}-{next(self._numbers):x}",
            time.time_ns() // 1000,
            endpoint=endpoint,
            loaded=endpoint.champion,
            size=size,
            started_ns=time.perf_counter_ns(),
            done=done,
        )

    def _ask(self, question: Question) -> None:
        if question.trace is not None:
            question.trace.asked()
        try:
            outputs = predict_now(
                question.loaded.version, question.endpoint.outputs, question.understood
            )
        except TenureError as error:
            self._refuse(question, error)
            return
        if outputs is None:
            self._spawn(question, self._ask_a_thread(question))
        else:
            self._conclude(question, outputs)

    def _ask_together(self, questions: list[Question]) -> None:
        for group in _by_version(questions):
            outputs = _asked_together(group) if len(group) > 1 else None
            if outputs is None:  # one by one, so that an odd row fails alone
                for question in group:
                    self._ask(question)
                continue
            start = 0
            for question in group:
                end = start + question.understood.count
                self._conclude(question, outputs[start:end])
                start = end

    async def _read_and_ask(self, question: Question, version: str | None, read: Read) -> None:
        await self._workshop.run(lambda: read(question))
        questions.split(question, version)
        await self._look_up_and_ask(question)

    async def _look_up_and_ask(self, question: Question) -> None:
        lookups, rows = question.endpoint.lookups, question.rows
        if lookups is not None and isinstance(rows, PartialRows):
            began = time.time_ns()
            question.rows = await lookups.complete(rows, self._workshop)
            if question.trace is not None:
                question.trace.looked_up(question.understood.count, began)
        self._ask(question)

    async def _ask_a_thread(self, question: Question) -> None:
        loaded, outputs = question.loaded, question.endpoint.outputs
        rows = question.understood
        self._conclude(question, await self._workshop.predict(loaded.version, outputs, rows))

    def _spawn(self, question: Question, work: Coroutine[Any, Any, None]) -> None:
        """Go on in a task of its own, whatever becomes of who asked."""
        self._wait(question)
        task = asyncio.get_running_loop().create_task(self._guarded(question, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, question: Question, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except TenureError as error:
            self._refuse(question, error)
        except Exception:  # noqa: BLE001  # the last door: who asked must get an answer
            _log.exception("a request failed")
            self._refuse(question, failed())

    def _wait(self, question: Question) -> None:
        """Let barriers wait for it: from here on others may run before it is answered."""
        if question.flight is None:
            question.flight = self._flights.enter()

    def _conclude(self, question: Question, outputs: Numbers) -> None:
        if question.trace is not None:
            question.trace.answered(question.loaded.arm, question.understood.count)
        entry = _entry(question, outputs)
        durable = question.endpoint.release.log == _DURABLE
        try:
            written = self._journal.hold(entry) if durable else self._journal.put(entry)
        except TenureError as error:
            self._refuse(question, error)
            return
        if written is None:
            self._send(question, entry, outputs)
            return
        self._wait(question)
        written.add_done_callback(lambda done: self._written(done, question, entry, outputs))

    def _written(
        self, done: asyncio.Future[None], question: Question, entry: Entry, outputs: Numbers
    ) -> None:
        failure = done.exception()
        if failure is None:
            self._send(question, entry, outputs)
        elif isinstance(failure, TenureError):
            self._refuse(question, failure)
        else:
            raise failure

    def _send(self, question: Question, entry: Entry, outputs: Numbers) -> None:
        endpoint = question.endpoint
        question.loaded.meter.answered(question.understood.count, entry.latency_us)
        if endpoint.behind(question.loaded):
            self._shadows.put(Waiting(endpoint, question.loaded, question, outputs))
        self._end(question, outputs, None)

    def _refuse(self, question: Question, error: TenureError) -> None:
        if question.trace is not None:
            question.trace.answered(question.loaded.arm, question.count, error.code)
        question.rows = None
        if question.admitted or error.kind is not Kind.LIMITED:
            self._journal.note(_entry(question, None, error.code))
        question.loaded.meter.failed(error.code)
        self._end(question, [], error)

    def _end(self, question: Question, outputs: Numbers, error: TenureError | None) -> None:
        if question.flight is not None:
            question.flight.leave()
        if question.admitted:
            limits.leave(question.endpoint.allowances)
        question.done(
            Answer(
                endpoint=question.endpoint,
                question=question,
                arm=question.loaded.arm,
                request_id=question.request_id,
                is_named=question.is_named,
                wanted=question.wanted or [],
                outputs=outputs,
                binary=question.binary,
                error=error,
            )
        )


def failed() -> TenureError:
    """Return what the last door says: nothing of the inside."""
    return TenureError(Kind.FAILED, "serving.failed", "the server could not answer this")


def _by_version(questions: list[Question]) -> list[list[Question]]:
    """Return groups that one version can be asked for at once, of at most `LOOP_ROWS` rows."""
    groups: list[list[Question]] = []
    filling: dict[int, tuple[list[Question], int]] = {}
    for question in questions:
        name, count = id(question.loaded.version), question.understood.count
        group, rows = filling.get(name, ([], LOOP_ROWS))
        if rows + count > LOOP_ROWS:
            group, rows = [], 0
            groups.append(group)
        group.append(question)
        filling[name] = group, rows + count
    return groups


def _asked_together(group: list[Question]) -> Numbers | None:
    """Return everybody's outputs, or None when each has to be asked alone."""
    first = group[0]
    for question in group:
        if question.trace is not None:
            question.trace.asked()
    rows = joined([question.understood for question in group])
    try:
        return predict_now(first.loaded.version, first.endpoint.outputs, rows)
    except TenureError:
        return None


def _entry(question: Question, outputs: Numbers | None, status: str = OK) -> Entry:
    return Entry(
        shape=question.endpoint.shape,
        arm=question.loaded.arm,
        lane=question.loaded.arm.lane,
        asked=question,
        latency_us=(time.perf_counter_ns() - question.started_ns) // 1000,
        outputs=outputs,
        status=status,
        features=outputs is not None,
    )
