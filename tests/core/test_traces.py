"""Trace context: what W3C's recommendation accepts, and what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.traces import TraceContext, parse

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("value", "sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f"00-{TRACE}-{SPAN}-02", False),
        (f"cc-{TRACE}-{SPAN}-01", True),  # a later version: the known part is read
        (f"cc-{TRACE}-{SPAN}-01-what-may-follow", True),
    ],
)
def test_a_caller_is_read(value: str, *, sampled: bool) -> None:
    assert parse(value, "a=1,b=2") == TraceContext(TRACE, SPAN, sampled, "a=1,b=2")


@pytest.mark.parametrize(
    "value",
    [
        "",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-0",
        f"cc-{TRACE}-{SPAN}-01.more",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
    ],
)
def test_what_is_none_is_nobody(value: str) -> None:
    assert parse(value) is None


def test_states_that_are_too_long_or_no_text_are_not_handed_on() -> None:
    for state in ("a=" + "1" * 511, "a=\x00"):
        found = parse(f"00-{TRACE}-{SPAN}-01", state)
        assert found is not None
        assert found.state == ""


@given(
    trace=st.integers(1, 2**128 - 1),
    span=st.integers(1, 2**64 - 1),
    sampled=st.booleans(),
    state=st.sampled_from(["", "v=1"]),
)
def test_what_is_written_is_read_again(trace: int, span: int, *, sampled: bool, state: str) -> None:
    context = TraceContext(f"{trace:032x}", f"{span:016x}", sampled, state)
    assert parse(context.traceparent, state) == context


@given(st.binary(max_size=80))
def test_nothing_that_is_sent_makes_trouble(sent: bytes) -> None:
    value = sent.decode("latin-1")
    found = parse(value, value)
    assert found is None or parse(found.traceparent) is not None
