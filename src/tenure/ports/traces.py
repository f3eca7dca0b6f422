"""Traces: spans of work, told to whoever collects them. Off the path of the work itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tenure.core.traces import TraceContext

Attributes = Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class Cause:
    """The work in whose course other work is asked for: a request, or a job of this `kind`."""

    context: TraceContext
    kind: str = ""


_CAUSE: ContextVar[Cause | None] = ContextVar("tenure_cause", default=None)


@contextmanager
def causing(cause: Cause | None) -> Iterator[None]:
    """Let jobs that are asked for in this block stand below its work in the trace."""
    token = _CAUSE.set(cause)
    try:
        yield
    finally:
        _CAUSE.reset(token)


def cause_of(kind: str) -> str:
    """Return what a new job of this kind carries; "" when nobody is traced.

    A job that asks for the next one of its own kind, as polling does, is not its cause: a trace
    would never end.
    """
    cause = _CAUSE.get()
    return "" if cause is None or cause.kind == kind else cause.context.text


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
