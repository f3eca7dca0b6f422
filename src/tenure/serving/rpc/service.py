"""`inference.GRPCInferenceService`: the same pages and the same inference as over HTTP.

Handlers get and give bytes, so that a message that is none is refused in our own words. A refusal
has the gRPC status of its kind; its code, and the request's id, stand in the trailing metadata.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc

from tenure.core.errors import Kind, TenureError
from tenure.serving import pages, routes
from tenure.serving.endpoints import Endpoint, Snapshot
from tenure.serving.inference import Answer, Inference, Question
from tenure.serving.replies import request_id_header, text_of
from tenure.serving.routes import Target
from tenure.serving.rpc import contents
from tenure.serving.rpc import open_inference_pb2 as messages
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
}
_log = logging.getLogger(__name__)
_Metadata = tuple[tuple[str, str], ...]
_Handler = Callable[[bytes, Any], Awaitable[bytes]]


class Service:
    """Answers the calls of one process. `snapshot` gives what serves now."""

    def __init__(self, inference: Inference, snapshot: Callable[[], Snapshot]) -> None:
        self._inference = inference
        self._snapshot = snapshot

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
                name: grpc.unary_unary_rpc_method_handler(_safe(call))
                for name, call in calls.items()
            },
        )

    async def _live(self, _: bytes, __: Any) -> bytes:
        return _packed(messages.ServerLiveResponse(live=True))

    async def _ready(self, _: bytes, __: Any) -> bytes:
        return _packed(messages.ServerReadyResponse(ready=self._snapshot().applied))

    async def _server(self, _: bytes, context: Any) -> bytes:
        routes.granted(self._snapshot(), _headers(context))
        return _packed(messages.ServerMetadataResponse(**pages.server()))

    async def _model_ready(self, content: bytes, context: Any) -> bytes:
        asked = contents.parse(messages.ModelReadyRequest, content)
        endpoint, target = self._find(context, "ready", asked.name, asked.version)
        _, found = await pages.ready(endpoint, target)
        return _packed(messages.ModelReadyResponse(ready=found["ready"]))

    async def _model(self, content: bytes, context: Any) -> bytes:
        asked = contents.parse(messages.ModelMetadataRequest, content)
        found = pages.model(*self._find(context, "model", asked.name, asked.version))
        inputs, outputs = (
            [{key: tensor[key] for key in ("name", "datatype", "shape")} for tensor in found[side]]
            for side in ("inputs", "outputs")
        )
        return _packed(
            messages.ModelMetadataResponse(**{**found, "inputs": inputs, "outputs": outputs})
        )

    async def _infer(self, content: bytes, context: Any) -> bytes:
        asked = contents.parse(messages.ModelInferRequest, content)
        endpoint, target = self._find(context, "infer", asked.model_name, asked.model_version)

        def read(question: Question) -> None:
            if asked.id:
                question.call(asked.id)
            message = contents.request_of(asked, endpoint.rows.features)
            question.wanted = endpoint.outputs.wanted(message)
            question.rows = endpoint.rows.read(message, question.received_us)

        answer = await self._inference.answer(endpoint, target.version, read, len(content))
        if answer.error is not None:
            raise _Refused(answer.error, answer.request_id if answer.is_named else None)
        context.set_trailing_metadata(_told(answer))
        return _packed(contents.response_of(_response(answer), raw=bool(asked.raw_input_contents)))

    def _find(
        self, context: Any, page: str, model_id: str, version: str
    ) -> tuple[Endpoint, Target]:
        snapshot, headers = self._snapshot(), _headers(context)
        grant = routes.granted(snapshot, headers)
        named = routes.header(headers, TENANT)
        tenant_id = None if named is None else named.decode("utf-8", "replace")
        target = Target(page, tenant_id, model_id, version or None)
        return routes.find(snapshot, grant, target), target


class _Refused(Exception):  # noqa: N818  # carries a refusal to the door
    """A refusal of a request whose id the client gave."""

    def __init__(self, error: TenureError, request_id: str | None = None) -> None:
        super().__init__(error.code)
        self.error = error
        self.request_id = request_id


def _safe(call: _Handler) -> _Handler:
    """Return the call with every way to fail turned into a status and a code."""

    async def answer(content: bytes, context: Any) -> bytes:
        try:
            return await call(content, context)
        except _Refused as refused:
            error, request_id = refused.error, refused.request_id
        except TenureError as refused:
            error, request_id = refused, None
        except Exception:  # noqa: BLE001  # the last door: recorded, nothing of the inside is said
            _log.exception("a call failed")
            error, request_id = (
                TenureError(Kind.FAILED, "serving.failed", "the server could not answer this"),
                None,
            )
        trailing: list[tuple[str, str]] = [("tenure-code", error.code)]
        if request_id is not None:
            trailing.append(_id(request_id))
        if error.kind in {Kind.LIMITED, Kind.UNAVAILABLE}:
            trailing.append(("retry-after", "1"))
        await context.abort(STATUS[error.kind], text_of(error), tuple(trailing))
        raise error  # abort has raised already

    return answer


def _response(answer: Answer) -> InferResponse:
    endpoint = answer.endpoint
    tensors = endpoint.outputs.write(answer.wanted, answer.outputs)
    version = str(answer.arm.version)
    return InferResponse(endpoint.release.model_id, version, answer.request_id, tensors)


def _told(answer: Answer) -> _Metadata:
    notices = [(name.decode(), value.decode()) for name, value in answer.endpoint.notices]
    return (_id(answer.request_id), ("x-tenure-version", str(answer.arm.version)), *notices)


def _id(request_id: str) -> tuple[str, str]:
    name, value = request_id_header(request_id)
    return name.decode(), value.decode()


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
