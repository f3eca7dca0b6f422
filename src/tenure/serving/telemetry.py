"""What is told of requests that have ended: lines of the access log, spans of traces.

Where nobody wants to know (`Telemetry` is None) a request pays nothing for it.
"""

import time
from typing import TYPE_CHECKING

from tenure.ports.access import OK, AccessLog
from tenure.ports.traces import Attributes, Tracer
from tenure.serving.replies import Message, Send

if TYPE_CHECKING:
    from tenure.serving.questions import Answer

GONE = "client.gone"
"""The code of a request whose client went away before it was complete."""
_REFUSED = 400


class Seen:
    """One request as it goes by, the ordinary way or over gRPC; its pages fill it in."""

    __slots__ = (
        "_send",
        "answer",
        "client",
        "code",
        "method",
        "page",
        "protocol",
        "received_us",
        "request_bytes",
        "response_bytes",
        "started_ns",
        "status",
        "tenant_id",
    )

    def __init__(self, protocol: str, page: str, client: str | None, send: Send | None) -> None:
        self.received_us = time.time_ns() // 1000
        self.started_ns = time.perf_counter_ns()
        self.protocol = protocol
        self.page = page
        self.client = client
        self.method: str | None = None
        self.tenant_id: str | None = None
        self.answer: Answer | None = None
        self.status: int | None = None
        self.code = OK
        self.request_bytes = 0
        self.response_bytes = 0
        self._send = send

    async def send(self, message: Message) -> None:
        """Hand a message of ASGI on, and keep what it says."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.response_bytes += len(message.get("body", b""))
        if self._send is not None:
            await self._send(message)


class Telemetry:
    """Tells `access` of every request, and `tracer` of the inferences that are sampled."""

    def __init__(self, access: AccessLog | None, tracer: Tracer | None) -> None:
        self.tracer = tracer
        self._put = None if access is None else access.put

    def answered(
        self, answer: "Answer", status: int, size: int, client: str | None, seen: Seen | None = None
    ) -> None:
        """Tell of an inference; `size` is that of the answer's body. `seen`: not the short way."""
        question, release, error = answer.question, answer.endpoint.release, answer.error
        started_ns = question.started_ns if seen is None else seen.started_ns
        trace = question.trace
        if trace is not None:
            name, said = _said(answer, status, seen)
            trace.end(name, said, "" if error is None else error.code)
        if self._put is None:
            return
        self._put(
            (
                question.received_us,
                "http" if seen is None else seen.protocol,
                "infer" if seen is None else seen.page,
                "POST" if seen is None else seen.method,
                release.tenant_id,
                release.model_id,
                answer.arm.version,
                answer.arm.lane,
                answer.request_id,
                None if trace is None else trace.trace_id,
                status,
                OK if error is None else error.code,
                question.understood.count if error is None else None,
                question.size,
                size,
                (time.perf_counter_ns() - started_ns) // 1000,
                client,
            )
        )

    def ended(self, seen: Seen) -> None:
        """Tell of a request that came the ordinary way, whatever it was."""
        if seen.answer is not None and seen.status is not None:
            self.answered(seen.answer, seen.status, seen.response_bytes, seen.client, seen)
            return
        if self._put is None:
            return
        self._put(
            (
                seen.received_us,
                seen.protocol,
                seen.page,
                seen.method,
                seen.tenant_id,
                None,
                None,
                None,
                None,
                None,
                seen.status,
                _code(seen),
                None,
                seen.request_bytes,
                seen.response_bytes,
                (time.perf_counter_ns() - seen.started_ns) // 1000,
                seen.client,
            )
        )


def _said(answer: "Answer", status: int, seen: Seen | None) -> tuple[str, Attributes]:
    """Return the span's name and attributes, in OpenTelemetry's words where it has some."""
    question, release = answer.question, answer.endpoint.release
    said: dict[str, str | int | float | bool] = {
        "tenure.tenant": release.tenant_id,
        "tenure.model": release.model_id,
        "tenure.version": answer.arm.version,
        "tenure.lane": answer.arm.lane,
        "tenure.request_id": answer.request_id,
        "tenure.rows": question.rows.count if question.rows is not None else 0,
    }
    if seen is not None and seen.protocol == "grpc":
        method = "inference.GRPCInferenceService/ModelInfer"
        return method, said | {"rpc.system.name": "grpc", "rpc.method": method} | {
            "rpc.response.status_code": str(status)
        }
    page = "infer" if seen is None else seen.page
    route = f"/v2/models/{{model}}/{page}"
    return f"POST {route}", said | {
        "http.request.method": "POST",
        "http.route": route,
        "http.response.status_code": status,
        "http.request.body.size": question.size,
    }


def _code(seen: Seen) -> str:
    refused = seen.protocol == "http" and seen.status is not None and seen.status >= _REFUSED
    return f"http.{seen.status}" if refused and seen.code == OK else seen.code
