"""The HTTP protocol: uvicorn's, with a short way in for what is asked nearly always.

A connection that has once sent an ordinary `POST …/infer` mostly sends the same head again, with
another length. Such a request, when it arrives in one piece, is answered without building an ASGI
scope. Everything else is uvicorn's: parsing, time-outs, flow control, pipelining.
"""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from tenure.core.errors import TenureError, invalid
from tenure.serving import routes, tracing, v2_json
from tenure.serving.exchange import traced
from tenure.serving.heads import Known, known_of
from tenure.serving.inference import failed
from tenure.serving.plane import Plane
from tenure.serving.questions import Answer
from tenure.serving.replies import Reply, refused
from tenure.serving.routes import Headers

HEAD_SECONDS = 30.0
"""For how long a request's head may take to arrive."""
LEAVE_SECONDS = 0.5
"""For how long a silent connection stays open once the process is to end."""
LEARNS = 8
"""How many heads are remembered in a row without one of them coming again."""
_log = logging.getLogger(__name__)


class Door(HttpToolsProtocol):
    """One connection. `door_of` makes the class for a plane."""

    plane: Plane
    head_seconds: float

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._known: Known | None = None
        self._peer: str | None = None
        self._learns = LEARNS
        self._head = b""  # of the request that the parser is about to see
        self._parsing = False  # the parser is inside a request
        self._busy = False  # with a request that came the short way
        self._behind = b""  # came while busy
        self._leaving = False
        self._touched = False  # since the keep-alive timer was set
        self._patience: asyncio.TimerHandle | None = None
        self._dated: Headers = []  # the default headers …
        self._date = b""  # … as they are sent

    # in

    def data_received(self, data: bytes) -> None:
        known = self._known
        cycle: RequestResponseCycle | None = self.cycle
        if (  # `_is_free`, but this is asked of every request
            known is not None
            and not (self._busy or self._parsing or self.flow.write_paused)
            and (cycle is None or cycle.response_complete)
        ):
            body = known.body_of(data)
            if body is not None:
                self._learns = LEARNS
                self._infer(known, body)
                return
        if self._busy:  # pipelined behind a short one: its turn comes when that is answered
            self._behind += data
            self.flow.pause_reading()
        else:
            self._parse(data)

    def _is_free(self) -> bool:
        return not (self._busy or self._parsing or self._answering())

    def _answering(self) -> bool:
        """Whether an answer of the long way is under way."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _parse(self, data: bytes) -> None:
        self._head = b""
        if self._learns and self._is_free() and data.startswith(b"POST "):
            self._head = data[: data.find(b"\r\n\r\n") + 4]
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._parsing = True
        self._patience = self.loop.call_later(self.head_seconds, self._lose_patience)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._calm_down()
        super().on_headers_complete()
        if self._leaving:
            self.cycle.keep_alive = False
        if self._head and self.cycle.keep_alive and self.scope["http_version"] == "1.1":
            self._learns -= 1
            self._known = known_of(self._head, self.headers, self.scope["path"])
            self._head = b""

    def on_message_complete(self) -> None:
        self._parsing = False
        super().on_message_complete()

    # the short way

    def _infer(self, known: Known, body: bytes) -> None:
        self._busy = self._touched = True
        plane = self.plane
        try:
            endpoint = known.found(plane.snapshot)
            read = v2_json.reads(body)
            tracer, parent = plane.tracer, known.traceparent
            trace = None
            if not (tracer is None and parent is None):
                state = routes.header(known.headers, tracing.TRACESTATE)
                trace = tracing.begin(tracer, parent, state)
            plane.inference.submit(
                endpoint, known.target.version, read, len(body), self._take_answer, trace
            )
        except TenureError as error:
            self._write(refused(error))
        except Exception:  # noqa: BLE001  # the last door: recorded, nothing of the inside is said
            _log.exception("a request failed")
            self._write(refused(failed()))

    def _take_answer(self, answer: Answer) -> None:
        trace = answer.question.trace
        reply = v2_json.reply_to(answer)
        self._write(reply if trace is None else traced(reply, trace))
        telemetry = self.plane.telemetry
        if telemetry is not None:
            telemetry.answered(answer, reply.status, len(reply.body), self._peer)

    def _write(self, reply: Reply) -> None:
        self._busy = False
        transport, state = self.transport, self.server_state
        if transport.is_closing():
            return
        state.total_requests += 1
        if state.default_headers is not self._dated:  # uvicorn renews them every second
            self._dated = state.default_headers
            self._date = b"".join([b"%b: %b\r\n" % header for header in self._dated])
        status, body, headers = reply
        lines = [b"%b: %b\r\n" % header for header in headers]
        if self._leaving:
            lines.append(b"connection: close\r\n")
        length = b"content-length: %d\r\n\r\n" % len(body)
        transport.write(b"".join((STATUS_LINE[status], self._date, *lines, length, body)))
        if self._leaving:
            transport.close()
        elif self._behind:
            data, self._behind = self._behind, b""
            self.flow.resume_reading()
            self.data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # what asyncio asks of it
        """Answer who has said all there is to say and closed that half of the connection."""
        if self._parsing or not (self._busy or self._answering()):
            return False  # nobody waits for anything: the transport closes
        self._leaving = True
        if self._answering():
            self.cycle.keep_alive = False
        return True

    # patience and leave

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as above
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else None
        self._touched = True  # who says nothing at all is not waited for either
        self.timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._calm_down()

    def timeout_keep_alive_handler(self) -> None:
        """Close what has been silent; requests that came the short way do not touch the timer."""
        if self._touched or self._busy:
            self._touched = False
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            super().timeout_keep_alive_handler()

    def shutdown(self) -> None:
        """Answer what comes now and say that it was the last; close when nothing comes."""
        self._leaving = self.plane.is_leaving = True
        if self._answering():
            self.cycle.keep_alive = False
        self.loop.call_later(LEAVE_SECONDS, self._leave)

    def _leave(self) -> None:
        if self._is_free():
            self.transport.close()

    def _lose_patience(self) -> None:
        if self._answering():  # pipelined behind it
            self.transport.close()
            return
        words = f"the head of the request did not come in {self.head_seconds:g} s"
        self._write_last(refused(invalid("request.too_slow", words)))

    def _calm_down(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the protocol's shape."""
        self._write_last(refused(invalid("request.malformed", msg)))

    def _write_last(self, reply: Reply) -> None:
        self._leaving = True
        self._write(reply)


def door_of(plane: Plane, head_seconds: float = HEAD_SECONDS) -> type[Door]:
    """Return the protocol class that uvicorn is to use for a plane."""
    return type("PlaneDoor", (Door,), {"plane": plane, "head_seconds": head_seconds})
