"""One request's place in a trace, and the spans of what is done for it.

A request that nobody traces has none of this. Spans are handed over when their work has ended.
"""

import time

from tenure.core import traces
from tenure.core.traces import TraceContext
from tenure.ports.releases import Arm
from tenure.ports.traces import Attributes, Span, SpanKind, Tracer

TRACEPARENT, TRACESTATE = b"traceparent", b"tracestate"
_RESPONSE = b"traceresponse"
_NAME = "infer"


class Trace:
    """The span of one request. `tracer` is None when it is not sampled, or nobody collects."""

    __slots__ = ("_asked_ns", "_began_ns", "_tracer", "context", "parent_id", "response")

    def __init__(self, context: TraceContext, parent_id: str | None, tracer: Tracer | None) -> None:
        self.context = context
        self.parent_id = parent_id
        self.response: tuple[bytes, bytes] | None = None
        self._tracer = tracer
        self._began_ns = time.time_ns()
        self._asked_ns = 0

    @property
    def trace_id(self) -> str:
        """What log and access log hold."""
        return self.context.trace_id

    def asked(self) -> None:
        """Note that the model is asked from now on."""
        self._asked_ns = self._asked_ns or time.time_ns()

    def answered(self, arm: Arm, rows: int, error: str = "") -> None:
        """Tell of the model's part, if it came to that."""
        if self._asked_ns:
            self.part("predict", self._asked_ns, time.time_ns(), _said(arm, rows), error)
            self._asked_ns = 0

    def looked_up(self, rows: int, began_ns: int) -> None:
        """Tell of the look-ups; those that failed have their figures, the answer goes on."""
        self.part("look up", began_ns, time.time_ns(), {"tenure.rows": rows})

    def shadowed(self, arm: Arm, rows: int, began_ns: int, latency_us: int, error: str) -> None:
        """Tell of a shadow's answer, which may have come with others'."""
        self.part("shadow", began_ns, began_ns + latency_us * 1000, _said(arm, rows), error)

    def part(
        self, name: str, start_ns: int, end_ns: int, attributes: Attributes, error: str = ""
    ) -> None:
        """Tell of a part of the request's work."""
        if self._tracer is not None:
            context = self._tracer.begin(name, self.context)
            span = Span(name, context, self.context.span_id, start_ns, end_ns, attributes)
            self._tracer.put(span if not error else _failed(span, error))

    def end(self, name: str, attributes: Attributes, error: str) -> None:
        """Tell of the request itself."""
        if self._tracer is not None:
            self._tracer.put(
                Span(
                    name,
                    self.context,
                    self.parent_id,
                    self._began_ns,
                    time.time_ns(),
                    attributes,
                    SpanKind.SERVER,
                    error,
                )
            )


def begin(tracer: Tracer | None, traceparent: bytes | None, state: bytes | None) -> Trace | None:
    """Return the trace that a request belongs to; None when nobody asked for one."""
    parent = None
    if traceparent is not None:
        parent = traces.parse(traceparent.decode("latin-1"), (state or b"").decode("latin-1"))
    if tracer is None:
        return None if parent is None else Trace(parent, None, None)
    context = tracer.root(_NAME) if parent is None else tracer.begin(_NAME, parent)
    if context is None:
        return None
    trace = Trace(context, parent.span_id if parent else None, tracer if context.sampled else None)
    trace.response = (_RESPONSE, context.traceparent.encode())
    return trace


def of_headers(tracer: Tracer | None, headers: list[tuple[bytes, bytes]]) -> Trace | None:
    """Return the trace that the headers of a request name."""
    given = [value for name, value in headers if name == TRACEPARENT]
    traceparent = given[0] if len(given) == 1 else None
    if tracer is None and traceparent is None:
        return None
    state = next((value for name, value in headers if name == TRACESTATE), None)
    return begin(tracer, traceparent, state)


def _said(arm: Arm, rows: int) -> Attributes:
    return {"tenure.version": arm.version, "tenure.lane": arm.lane, "tenure.rows": rows}


def _failed(span: Span, error: str) -> Span:
    return Span(
        span.name,
        span.context,
        span.parent_id,
        span.start_ns,
        span.end_ns,
        span.attributes,
        span.kind,
        error,
    )
