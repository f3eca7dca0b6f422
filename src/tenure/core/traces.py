"""Where a piece of work stands in a trace: W3C Trace Context, level 1.

https://www.w3.org/TR/trace-context/ (`traceparent`, `tracestate`) and, for what is answered, level
2's `traceresponse`, which has the same form.
"""

import re
from dataclasses import dataclass

TRACEPARENT_LENGTH = 55
MAX_STATE = 512
"""Longer lists of other vendors' words are not carried on."""
_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    """One span of a trace: ids in lower-case hexadecimal, 32 and 16 digits."""

    trace_id: str
    span_id: str
    sampled: bool
    state: str = ""  # other vendors' words, handed on as they came

    @property
    def traceparent(self) -> str:
        """The header's value."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"

    @property
    def text(self) -> str:
        """Both headers in one line, as a job carries them: the state stands behind a blank."""
        return f"{self.traceparent} {self.state}" if self.state else self.traceparent


def parse(traceparent: str, tracestate: str = "") -> TraceContext | None:
    """Return who asks; None when the value is none, which is no reason to refuse anything."""
    found = _FORM.fullmatch(traceparent)
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or trace_id == _NO_TRACE:
        return None
    if span_id == _NO_SPAN:
        return None
    state = tracestate if len(tracestate) <= MAX_STATE and tracestate.isprintable() else ""
    return TraceContext(trace_id, span_id, bool(int(flags, 16) & _SAMPLED), state)


def of_text(text: str) -> TraceContext | None:
    """Return what `TraceContext.text` said; None for anything else."""
    traceparent, _, tracestate = text.partition(" ")
    return parse(traceparent, tracestate)
