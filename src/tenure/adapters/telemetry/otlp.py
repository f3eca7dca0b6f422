"""`ports.traces.Tracer` by OpenTelemetry's SDK: spans go to a collector by OTLP over HTTP.

What the SDK reads from the standard environment variables holds: OTEL_EXPORTER_OTLP_…,
OTEL_TRACES_SAMPLER(_ARG), OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, OTEL_BSP_…. Who asks only
decides and names ids; the SDK's own spans are made in a thread, with the times that were.
"""

import random
import re
import threading
from dataclasses import dataclass
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, TraceIdRatioBased
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
        self._usual = _Usual.of(self._sampler.get_description())
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
        if parent is None:
            trace_id = random.getrandbits(128) or 1  # a name, no secret
            return TraceContext(f"{trace_id:032x}", _span_id(), self._samples(None, trace_id, name))
        sampled = parent.sampled
        if not self._usual.follows:
            sampled = self._samples(_above(parent), int(parent.trace_id, 16), name)
        return TraceContext(parent.trace_id, _span_id(), sampled, parent.state)

    def root(self, name: str) -> TraceContext | None:
        low, share = random.getrandbits(64), self._usual.share
        if share is not None and low >= share:
            return None
        trace_id = random.getrandbits(64) << 64 | low or 1
        if share is None and not self._samples(None, trace_id, name):
            return None
        return TraceContext(f"{trace_id:032x}", _span_id(), True)

    def _samples(self, above: Context | None, trace_id: int, name: str) -> bool:
        found: Any = self._sampler.should_sample(above, trace_id, name)
        return bool(found.decision.is_sampled())

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


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is known of a sampler of the SDK without asking it, which costs microseconds.

    A root is sampled when the lower half of its trace's id is below `share`, which is None where only
    the sampler can say; `follows`: whoever asked decides for what is below.
    """

    share: int | None
    follows: bool

    @classmethod
    def of(cls, description: str) -> "_Usual":
        found = _USUAL.fullmatch(description)
        if found is None:
            return cls(None, follows=False)
        share = {"AlwaysOnSampler": 1.0, "AlwaysOffSampler": 0.0}.get(found["root"])
        share = float(found["share"]) if share is None else share
        return cls(TraceIdRatioBased.get_bound_for_rate(share), found["parent"] is not None)


_USUAL = re.compile(
    r"(?P<parent>ParentBased\{root:)?"
    r"(?P<root>AlwaysOnSampler|AlwaysOffSampler|TraceIdRatioBased\{(?P<share>[^{}]+)\})"
    r"(?(parent),remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler"
    r",localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler\})"
)


def _span_id() -> str:
    return f"{random.getrandbits(64) or 1:016x}"  # a name, no secret


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
