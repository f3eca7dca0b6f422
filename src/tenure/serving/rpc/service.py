"""`inference.GRPCInferenceService`: the same pages and the same inference as over HTTP.

Handlers get and give bytes, so that a message that is none is refused in our own words. A refusal
has the gRPC status of its kind; its code, and the request's id, stand in the trailing metadata.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import unquote

import grpc

from tenure.core.errors import Kind, TenureError
from tenure.serving import pages, routes, tracing
from tenure.serving.endpoints import Endpoint, Snapshot
from tenure.serving.inference import Inference
from tenure.serving.questions import Answer, Question
from tenure.serving.replies import request_id_header, text_of
from tenure.serving.routes import Target
from tenure.serving.rpc import contents
from tenure.serving.rpc import open_inference_pb2 as messages
from tenure.serving.telemetry import Seen, Telemetry
from tenure.serving.tracing import Trace
from tenure.serving.wire import InferResponse

NAME = "inference.GRPCInferenceService"
TENANT = b"x-tenure-tenant"
"""Where a key of the house names the tenant, as `/t/{tenant}` does over HTTP."""

STATUS = {
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.DENIED: grpc.StatusCode.UNAUTHENTICATED,
    Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Kind.CONFLICT: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.REFUSED: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.GONE: grpc.StatusCode.NOT_FOUND,
    Kind.TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Kind.LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Kind.FAILED: grpc.StatusCode.INTERNAL,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Kind.TIMED_OUT: grpc.StatusCode.DEADLINE_EXCEEDED,
}
_PAGES = {
    "ServerMetadata": "server",
    "ModelReady": "ready",
    "ModelMetadata": "model",
    "ModelInfer": "infer",
}
_log = logging.getLogger(__name__)
_Metadata = tuple[tuple[str, str], ...]
_Handler = Callable[[bytes, "_Call"], Awaitable[bytes]]
_QUIET = frozenset({"ServerLive", "ServerReady"})
"""Asked every few seconds, by nobody."""


class Service:
    """Answers the calls of one process. `snapshot` gives what serves now."""

    def __init__(
        self,
        inference: Inference,
        snapshot: Callable[[], Snapshot],
        telemetry: Telemetry | None = None,
    ) -> None:
        self._inference = inference
        self._snapshot = snapshot
        self._telemetry = telemetry

    def handlers(self) -> Any:
        """Return what a server adds."""
        calls: dict[str, _Handler] = {
            "ServerLive": self._live,
            "ServerReady": self._ready,
            "ServerMetadata": self._server,
            "ModelReady": self._model_ready,
            "ModelMetadata": self._model,
            "ModelInfer": self._infer,
        }
        return grpc.method_handlers_generic_handler(
            NAME,
            {
                name: grpc.unary_unary_rpc_method_handler(self._door(name, call))
                for name, call in calls.items()
            },
        )

    def _door(self, name: str, call: _Handler) -> Callable[[bytes, Any], Awaitable[bytes]]:
        safe, told = _safe(call), self._telemetry if name not in _QUIET else None

        async def answer(content: bytes, context: Any) -> bytes:
            seen = Seen("grpc", _PAGES.get(name, name), _client(context.peer()), None)
            seen.request_bytes = len(content)
            try:
                reply = await safe(content, _Call(context, seen))
                seen.response_bytes = len(reply)
                return reply
            finally:
                if told is not None:
                    told.ended(seen)

        return answer

    async def _live(self, _: bytes, __: "_Call") -> bytes:
        return _packed(messages.ServerLiveResponse(live=True))

    async def _ready(self, _: bytes, __: "_Call") -> bytes:
        return _packed(messages.ServerReadyResponse(ready=self._snapshot().applied))

    async def _server(self, _: bytes, call: "_Call") -> bytes:
        call.seen.tenant_id = routes.granted(self._snapshot(), call.headers).tenant_id
        return _packed(messages.ServerMetadataResponse(**pages.server()))

    async def _model_ready(self, content: bytes, call: "_Call") -> bytes:
        asked = contents.parse(messages.ModelReadyRequest, content)
        endpoint, target = self._find(call, "ready", asked.name, asked.version)
        _, found = await pages.ready(endpoint, target)
        return _packed(messages.ModelReadyResponse(ready=found["ready"]))

    async def _model(self, content: bytes, call: "_Call") -> bytes:
        asked = contents.parse(messages.ModelMetadataRequest, content)
        found = pages.model(*self._find(call, "model", asked.name, asked.version))
        inputs, outputs = (
            [{key: tensor[key] for key in ("name", "datatype", "shape")} for tensor in found[side]]
            for side in ("inputs", "outputs")
        )
        return _packed(
            messages.ModelMetadataResponse(**{**found, "inputs": inputs, "outputs": outputs})
        )

    async def _infer(self, content: bytes, call: "_Call") -> bytes:
        asked = contents.parse(messages.ModelInferRequest, content)
        endpoint, target = self._find(call, "infer", asked.model_name, asked.model_version)

        def read(question: Question) -> None:
            if asked.id:
                question.call(asked.id)
            message = contents.request_of(asked, endpoint.rows.features)
            question.wanted = endpoint.outputs.wanted(message)
            question.rows = endpoint.rows.read(message, question.received_us)

        answer = await self._inference.answer(
            endpoint, target.version, read, len(content), self._trace(call)
        )
        call.seen.answer = answer
        if answer.error is not None:
            raise _Refused(answer.error, _told_of_refusal(answer))
        call.context.set_trailing_metadata(_told(answer))
        return _packed(contents.response_of(_response(answer), raw=bool(asked.raw_input_contents)))

    def _trace(self, call: "_Call") -> Trace | None:
        tracer = None if self._telemetry is None else self._telemetry.tracer
        return tracing.of_headers(tracer, call.headers)

    def _find(
        self, call: "_Call", page: str, model_id: str, version: str
    ) -> tuple[Endpoint, Target]:
        snapshot, headers = self._snapshot(), call.headers
        grant = routes.granted(snapshot, headers)
        call.seen.tenant_id = grant.tenant_id
        named = routes.header(headers, TENANT)
        tenant_id = None if named is None else named.decode("utf-8", "replace")
        target = Target(page, tenant_id, model_id, version or None)
        return routes.find(snapshot, grant, target), target


class _Call:
    """One call: its context, and what is told of it."""

    __slots__ = ("context", "headers", "seen")

    def __init__(self, context: Any, seen: Seen) -> None:
        self.context = context
        self.seen = seen
        self.headers = _headers(context)


class _Refused(Exception):  # noqa: N818  # carries a refusal to the door
    """A refusal of a request whose id the client gave."""

    def __init__(self, error: TenureError, told: _Metadata = ()) -> None:
        super().__init__(error.code)
        self.error = error
        self.told = told


def _safe(call: _Handler) -> _Handler:
    """Return the call with every way to fail turned into a status and a code."""

    async def answer(content: bytes, asked: "_Call") -> bytes:
        seen = asked.seen
        try:
            reply = await call(content, asked)
        except _Refused as refused:
            error, told = refused.error, refused.told
        except TenureError as refused:
            error, told = refused, ()
        except Exception:  # noqa: BLE001  # the last door: recorded, nothing of the inside is said
            _log.exception("a call failed")
            error, told = (
                TenureError(Kind.FAILED, "serving.failed", "the server could not answer this"),
                (),
            )
        else:
            seen.status = _number(grpc.StatusCode.OK)
            return reply
        seen.code, seen.status = error.code, _number(STATUS[error.kind])
        trailing: list[tuple[str, str]] = [("tenure-code", error.code), *told]
        if error.kind in {Kind.LIMITED, Kind.UNAVAILABLE}:
            trailing.append(("retry-after", "1"))
        await asked.context.abort(STATUS[error.kind], text_of(error), tuple(trailing))
        raise error  # abort has raised already

    return answer


def _response(answer: Answer) -> InferResponse:
    endpoint = answer.endpoint
    tensors = endpoint.outputs.write(answer.wanted, answer.outputs)
    version = str(answer.arm.version)
    return InferResponse(endpoint.release.model_id, version, answer.request_id, tensors)


def _told(answer: Answer) -> _Metadata:
    notices = [(name.decode(), value.decode()) for name, value in answer.endpoint.notices]
    version = ("x-tenure-version", str(answer.arm.version))
    return (_id(answer.request_id), version, *notices, *_traced(answer))


def _told_of_refusal(answer: Answer) -> _Metadata:
    named = (_id(answer.request_id),) if answer.is_named else ()
    return (*named, *_traced(answer))


def _traced(answer: Answer) -> _Metadata:
    trace = answer.question.trace
    if trace is None or trace.response is None:
        return ()
    name, value = trace.response
    return ((name.decode(), value.decode()),)


def _id(request_id: str) -> tuple[str, str]:
    name, value = request_id_header(request_id)
    return name.decode(), value.decode()


def _number(status: grpc.StatusCode) -> int:
    number: int = status.value[0]
    return number


def _client(peer: str) -> str | None:
    """Return the address in gRPC's "ipv4:127.0.0.1:1234", "ipv6:%5B::1%5D:1234" or "unix:…"."""
    kind, _, address = peer.partition(":")
    return unquote(address).rpartition(":")[0].strip("[]") if kind in {"ipv4", "ipv6"} else None


def _headers(context: Any) -> routes.Headers:
    """Return the metadata as HTTP's headers are: lower-case names, bytes."""
    pairs: Sequence[tuple[str, str | bytes]] = context.invocation_metadata() or ()
    return [
        (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in pairs
    ]


def _packed(message: Any) -> bytes:
    content: bytes = message.SerializeToString()
    return content
