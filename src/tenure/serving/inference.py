"""One inference request: read, check, ask, log, answer, hand to the shadows.

The hot path, and the same for every protocol: a codec brings a way to read its body into a
`Question` and writes an `Answer` in its own words (`v2_json.py` is one). Nothing here knows HTTP.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from tenure.core.errors import TenureError, invalid
from tenure.ports.releases import Arm
from tenure.serving.endpoints import Endpoint, LoadedArm
from tenure.serving.entries import OK, Asked, Entry
from tenure.serving.flights import Flights
from tenure.serving.journal import Journal
from tenure.serving.outputs import Numbers
from tenure.serving.routes import unknown_version
from tenure.serving.rows import Rows
from tenure.serving.shadows import Shadows, Waiting
from tenure.serving.work import LOOP_BYTES, Workshop

_DURABLE = "durable"
_MAX_ID = 200


@dataclass(slots=True)
class Question:
    """A request to an endpoint. A codec's `Read` fills in what the body says.

    `request_id` is ours until `call` replaces it by the client's. `wanted` names the outputs,
    `binary` those of them that are to be answered as bytes.
    """

    endpoint: Endpoint
    started_ns: int
    received_us: int  # since 1970
    request_id: str
    loaded: LoadedArm
    is_named: bool = False  # by the client
    rows: Rows | None = None
    wanted: list[str] | None = None
    binary: frozenset[str] = frozenset()

    def call(self, request_id: str) -> None:
        """Keep the client's id, which is echoed even when the request is refused afterwards."""
        if len(request_id) > _MAX_ID or not request_id.isprintable():
            raise invalid(
                "request.bad_id", f"an id is printable text of at most {_MAX_ID} characters"
            )
        self.request_id = request_id
        self.is_named = True


Read = Callable[[Question], None]
"""Sets `rows` and `wanted` (and calls the question by its id); raises what is wrong with the body.

Runs on the event loop when the body is small, else in a thread.
"""


@dataclass(slots=True)
class Answer:
    """What became of a question. Logged and counted already; `error` is None when it is sound."""

    endpoint: Endpoint
    arm: Arm  # who answered, or would have
    request_id: str
    is_named: bool
    wanted: list[str]
    outputs: Numbers
    binary: frozenset[str] = frozenset()
    error: TenureError | None = None


class Inference:
    """Answers questions to endpoints. Shared by all requests of a process."""

    def __init__(
        self, process: str, journal: Journal, shadows: Shadows, workshop: Workshop, flights: Flights
    ) -> None:
        self._process = process
        self._journal = journal
        self._shadows = shadows
        self._workshop = workshop
        self._flights = flights
        self._numbers = itertools.count(1)

    async def answer(
        self, endpoint: Endpoint, version: str | None, read: Read, size: int
    ) -> Answer:
        """Answer one request whose body has `size` bytes; `version` pins one of the endpoint's."""
        question = self._begin(endpoint)
        flight = self._flights.enter()
        try:
            outputs = await self._ask(question, version, read, size)
            entry = _entry(question, outputs)
            await self._log(question, entry)
        except TenureError as error:
            return self._refused(question, error)
        finally:
            flight.leave()
        if endpoint.behind(question.loaded):
            self._shadows.put(Waiting(endpoint, question.loaded, entry.asked, outputs))
        return _answer(question, outputs)

    def refuse(self, endpoint: Endpoint, error: TenureError) -> Answer:
        """Log and count a request whose body could not even be taken in."""
        return self._refused(self._begin(endpoint), error)

    def _begin(self, endpoint: Endpoint) -> Question:
        return Question(
            endpoint=endpoint,
            started_ns=time.perf_counter_ns(),
            received_us=time.time_ns() // 1000,
            request_id=f"{self._process}-{next(self._numbers):x}",
            loaded=endpoint.champion,
        )

    async def _ask(self, question: Question, version: str | None, read: Read, size: int) -> Numbers:
        endpoint = question.endpoint
        loaded = endpoint.arm(version)
        if loaded is None:
            raise unknown_version(endpoint, str(version))
        question.loaded = loaded
        if size <= LOOP_BYTES:
            read(question)
        else:
            await self._workshop.run(lambda: read(question))
        rows = question.rows
        assert rows is not None  # noqa: S101  # a codec sets them or raises
        if version is None and endpoint.canary is not None:
            question.loaded = loaded = endpoint.choose(question.request_id, rows.keys)
        return await self._workshop.predict(
            loaded.version, endpoint.outputs, rows.columns, rows.count
        )

    async def _log(self, question: Question, entry: Entry) -> None:
        if question.endpoint.release.log == _DURABLE:
            await self._journal.put_durably(entry)
        else:
            self._journal.put(entry)
        question.loaded.meter.answered(entry.asked.rows, entry.latency_us)

    def _refused(self, question: Question, error: TenureError) -> Answer:
        question.rows = None
        self._journal.put(_entry(question, None, error.code))
        question.loaded.meter.failed(error.code)
        return _answer(question, [], error)


def _answer(question: Question, outputs: Numbers, error: TenureError | None = None) -> Answer:
    return Answer(
        endpoint=question.endpoint,
        arm=question.loaded.arm,
        request_id=question.request_id,
        is_named=question.is_named,
        wanted=question.wanted or [],
        outputs=outputs,
        binary=question.binary,
        error=error,
    )


def _asked(question: Question) -> Asked:
    rows = question.rows
    if rows is None:
        return Asked(question.request_id, question.received_us)
    return Asked(
        question.request_id,
        question.received_us,
        rows=rows.count,
        columns=rows.columns,
        keys=rows.keys,
        times=rows.times,
    )


def _entry(question: Question, outputs: Numbers | None, status: str = OK) -> Entry:
    return Entry(
        shape=question.endpoint.shape,
        arm=question.loaded.arm,
        lane=question.loaded.arm.lane,
        asked=_asked(question),
        latency_us=(time.perf_counter_ns() - question.started_ns) // 1000,
        outputs=outputs,
        status=status,
        features=outputs is not None,
    )
