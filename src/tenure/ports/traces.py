"""Traces: spans of work, told to whoever collects them. Off the path of the work itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tenure.core.traces import TraceContext

Attributes = Mapping[str, str | int | float | bool]


class SpanKind(StrEnum):
    """What a span is: the answer to a request, or a part of some work."""

    SERVER = "server"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Span:
    """Work that has ended. Times are ns since 1970; `error` is the code of what went wrong.

    Attributes name tenants, models and counts; never a key, a feature or an output.
    """

    name: str
    context: TraceContext
    parent_id: str | None
    start_ns: int
    end_ns: int
    attributes: Attributes = field(default_factory=dict)
    kind: SpanKind = SpanKind.INTERNAL
    error: str = ""


class Tracer(Protocol):
    """Decides what is sampled, and takes spans at once to send them later."""

    def begin(self, name: str, parent: TraceContext | None) -> TraceContext:
        """Return the place of a new span: below the parent, or at the root of a new trace."""
        ...

    def root(self, name: str) -> TraceContext | None:
        """Return the place of a new trace's first span; None, at next to no cost, when it is not sampled."""
        ...

    def put(self, span: Span) -> None:
        """Take a span whose context is sampled; never waits, never raises."""
        ...

    def close(self) -> None:
        """Send the rest, as long as that takes no more than some seconds."""
        ...
