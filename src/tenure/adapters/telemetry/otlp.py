"""`ports.traces.Tracer` by OpenTelemetry's SDK: spans go to a collector by OTLP over HTTP.

What the SDK reads from the standard environment variables holds: OTEL_EXPORTER_OTLP_…,
OTEL_TRACES_SAMPLER(_ARG), OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, OTEL_BSP_…. Who asks only
decides and names ids; the SDK's own spans are made in a thread, with the times that were.
"""

import random
import threading
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace.span import TraceState
from opentelemetry.util.types import Attributes

from tenure import __version__
from tenure.adapters.telemetry.later import Later
from tenure.core.traces import TraceContext
from tenure.ports import traces
from tenure.ports.traces import Span

PAUSE_SECONDS = 0.25
MAX_SPANS = 20_000
CLOSE_SECONDS = 3.0
_TOGETHER = 50
"""Spans without a pause: the threads that answer get their turn in between."""
_KINDS = {traces.SpanKind.SERVER: SpanKind.SERVER, traces.SpanKind.INTERNAL: SpanKind.INTERNAL}


class OtlpTracer:
    """Tells the collector that the environment names of the work of `service`."""

    def __init__(self, service: str, process: str) -> None:
        named = {
            "service.name": service,
            "service.version": __version__,
            "service.instance.id": process,
        }
        # what the environment says comes last: OTEL_SERVICE_NAME beats ours
        resource = Resource.create(named).merge(OTELResourceDetector().detect())
        self._ids = _Given()
        self._sampler = TracerProvider(shutdown_on_exit=False).sampler  # as the environment says
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # it is asked only for what was sampled
            resource=resource,
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("tenure", __version__)
        self._later = Later("tenure-traces", self._tell, most=MAX_SPANS, pause=PAUSE_SECONDS)

    def begin(self, name: str, parent: TraceContext | None) -> TraceContext:
        trace_id = (
            int(parent.trace_id, 16) if parent else random.getrandbits(128) or 1
        )  # a name, no secret
        above = None if parent is None else _above(parent)
        found: Any = self._sampler.should_sample(above, trace_id, name)
        span_id = random.getrandbits(64) or 1  # as above
        state = parent.state if parent else ""
        return TraceContext(
            f"{trace_id:032x}", f"{span_id:016x}", found.decision.is_sampled(), state
        )

    def put(self, span: Span) -> None:
        self._later.put(span)

    def close(self) -> None:
        self._later.close()
        # a collector that is away may keep the SDK longer than a process has to end
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(CLOSE_SECONDS)

    def _tell(self, spans: list[Span]) -> None:
        for count, span in enumerate(spans, start=1):
            self._ids.name(span.context)
            above = None
            if span.parent_id is not None:
                context = span.context
                above = _above(TraceContext(context.trace_id, span.parent_id, True, context.state))
            attributes: Attributes = dict(span.attributes)
            made = self._tracer.start_span(
                span.name,
                context=above or Context(),
                kind=_KINDS[span.kind],
                attributes=attributes,
                start_time=span.start_ns,
            )
            if span.error:
                made.set_attribute("error.type", span.error)
                made.set_status(StatusCode.ERROR, span.error)
            made.end(span.end_ns)
            if count % _TOGETHER == 0:
                threading.Event().wait(0.0005)


class _Given(IdGenerator):
    """Gives the next span the ids that were chosen when its work began; for one thread."""

    def __init__(self) -> None:
        self._trace_id = self._span_id = 1

    def name(self, context: TraceContext) -> None:
        self._trace_id, self._span_id = int(context.trace_id, 16), int(context.span_id, 16)

    def generate_trace_id(self) -> int:
        return self._trace_id

    def generate_span_id(self) -> int:
        return self._span_id


def _above(parent: TraceContext) -> Context:
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    state = TraceState.from_header([parent.state]) if parent.state else None
    context = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), True, flags, state)
    return set_span_in_context(NonRecordingSpan(context), Context())
