"""A collector of traces: OTLP over HTTP on a free port, every span that came parsed."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PATH = "/v1/traces"


@dataclass(frozen=True)
class Seen:
    """A span as it came."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    state: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    error: str
    service: str


class Collector:
    """What was sent to `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make a process send its traces here, at once."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}

    @property
    def spans(self) -> list[Seen]:
        return [
            _seen(span, resource.resource)
            for body in list(self.bodies)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def wait_for(self, count: int, seconds: float = 20.0) -> list[Seen]:
        """Return all spans once there are so many."""
        until = time.monotonic() + seconds
        while len(found := self.spans) < count:
            assert time.monotonic() < until, [span.name for span in found]
            time.sleep(0.02)
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listen for the length of a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            zipped = self.headers.get("content-encoding") == "gzip"
            found.bodies.append(gzip.decompress(body) if zipped else body)
            found.headers.append({k.lower(): v for k, v in self.headers.items()})
            self.send_response(200 if self.path == PATH else 404)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def _seen(span: Any, resource: Any) -> Seen:
    attributes = {one.key: _value(one.value) for one in span.attributes}
    named = {one.key: _value(one.value) for one in resource.attributes}
    return Seen(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.trace_state,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        attributes,
        span.status.message if span.status.code == 2 else "",  # STATUS_CODE_ERROR
        named["service.name"],
    )


def _value(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))
