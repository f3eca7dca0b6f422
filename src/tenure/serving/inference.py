"""One inference request from bytes to bytes: read, check, ask, log, answer, hand to the shadows.

The hot path. Nothing here knows HTTP beyond a body, a status and a few headers.
"""

import itertools
import time
from dataclasses import dataclass

from tenure.core.deployments import CHAMPION
from tenure.core.errors import TenureError, invalid
from tenure.serving import wire
from tenure.serving.endpoints import Endpoint, LoadedArm
from tenure.serving.entries import Asked, Entry
from tenure.serving.flights import Flights
from tenure.serving.journal import Journal
from tenure.serving.outputs import Numbers
from tenure.serving.replies import (
    JSON,
    Receive,
    Send,
    body_of,
    refusal,
    reply,
    request_id_header,
)
from tenure.serving.routes import Headers, unknown_version
from tenure.serving.shadows import Shadows, Waiting
from tenure.serving.work import LOOP_BYTES, Workshop

PINNED = "pinned"
"""The lane of answers by a version that was asked for by URL instead of the champion."""

_DURABLE = "durable"
_MAX_ID = 200


@dataclass(slots=True)
class _Request:
    """What is known of a request so far."""

    endpoint: Endpoint
    started_ns: int
    asked: Asked
    loaded: LoadedArm
    wanted: list[str]
    given_id: bool = False

    @property
    def latency_us(self) -> int:
        return (time.perf_counter_ns() - self.started_ns) // 1000

    def entry(self, outputs: Numbers | None, status: str = "ok") -> Entry:
        champion = self.loaded is self.endpoint.champion
        return Entry(
            shape=self.endpoint.shape,
            arm=self.loaded.arm,
            lane=CHAMPION if champion else PINNED,
            asked=self.asked,
            latency_us=self.latency_us,
            outputs=outputs,
            status=status,
            features=outputs is not None,
        )


class Inference:
    """Answers requests to endpoints. Shared by all requests of a process."""

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
        self,
        endpoint: Endpoint,
        version: str | None,
        headers: Headers,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer one request, or refuse it; both are logged and counted."""
        request = self._begin(endpoint)
        try:
            _refuse_other_codings(headers)
            body = await body_of(receive, headers)
        except TenureError as error:
            await self._refuse(request, error, send)
            return
        flight = self._flights.enter()
        try:
            outputs = await self._ask(request, version, body)
            await self._log(request, outputs)
            await _send(request, outputs, send)
            if request.loaded is endpoint.champion and endpoint.shadows:
                self._shadows.put(Waiting(endpoint, request.asked, outputs))
        except TenureError as error:
            await self._refuse(request, error, send)
        finally:
            flight.leave()

    def _begin(self, endpoint: Endpoint) -> _Request:
        return _Request(
            endpoint=endpoint,
            started_ns=time.perf_counter_ns(),
            asked=Asked(f"{self._process}-{next(self._numbers):x}", time.time_ns() // 1000),
            loaded=endpoint.champion,
            wanted=[],
        )

    async def _ask(self, request: _Request, version: str | None, body: bytes) -> Numbers:
        endpoint = request.endpoint
        loaded = endpoint.arm(version)
        if loaded is None:
            raise unknown_version(endpoint, str(version))
        request.loaded = loaded
        if len(body) <= LOOP_BYTES:
            _understand(request, body)
        else:
            await self._workshop.run(lambda: _understand(request, body))
        asked = request.asked
        columns = asked.columns or {}
        return await self._workshop.predict(loaded.version, endpoint.outputs, columns, asked.rows)

    async def _log(self, request: _Request, outputs: Numbers) -> None:
        entry = request.entry(outputs)
        if request.endpoint.release.log == _DURABLE:
            await self._journal.put_durably(entry)
        else:
            self._journal.put(entry)
        request.loaded.meter.answered(request.asked.rows, entry.latency_us)

    async def _refuse(self, request: _Request, error: TenureError, send: Send) -> None:
        request.asked = Asked(request.asked.request_id, request.asked.received_us)
        self._journal.put(request.entry(None, error.code))
        request.loaded.meter.failed(error.code)
        await refusal(send, error, request.asked.request_id if request.given_id else None)


def _understand(request: _Request, body: bytes) -> None:
    """Fill in what the body says; raise what is wrong with it."""
    message = wire.decode(body)
    asked = request.asked
    if message.id:
        asked.request_id = _checked_id(message.id)
        request.given_id = True
    endpoint = request.endpoint
    request.wanted = endpoint.outputs.wanted(message)
    rows = endpoint.rows.read(message, asked.received_us)
    asked.rows, asked.columns = rows.count, rows.columns
    asked.keys, asked.times = rows.keys, rows.times


async def _send(request: _Request, outputs: Numbers, send: Send) -> None:
    release, arm = request.endpoint.release, request.loaded.arm
    version = str(arm.version)
    request_id = request.asked.request_id
    tensors = request.endpoint.outputs.write(request.wanted, outputs)
    body = wire.encode(wire.InferResponse(release.model_id, version, request_id, tensors))
    headers = (JSON, request_id_header(request_id), (b"x-tenure-version", version.encode()))
    await reply(send, 200, body, headers)


def _checked_id(text: str) -> str:
    if len(text) > _MAX_ID or not text.isprintable():
        raise invalid("request.bad_id", f"an id is printable text of at most {_MAX_ID} characters")
    return text


def _refuse_other_codings(headers: Headers) -> None:
    for name, value in headers:
        if name == b"content-encoding" and value.lower() != b"identity":
            raise invalid("request.encoded", "a compressed body is not read", hint="send it plain")
        if name == b"inference-header-content-length":
            raise invalid(
                "request.binary",
                "binary tensors are not read",
                hint="send `data` as JSON; clients call it binary_data=False",
            )
