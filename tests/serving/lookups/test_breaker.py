"""When a store is left alone, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from tenure.serving.lookups.breaker import FAILURES, FIRST_SECONDS, LONGEST_SECONDS, Breaker


def opened(span: float = 0.02) -> tuple[Breaker, float]:
    """Return a breaker that has just opened, and when that was."""
    breaker = Breaker(span)
    for turn in range(FAILURES):
        assert breaker.asks(float(turn))
        assert breaker.failed(float(turn)) == (turn == FAILURES - 1)
    return breaker, float(FAILURES - 1)


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(0.02)
    for turn in range(10 * FAILURES):
        breaker.failed(float(turn))
        if turn % (FAILURES - 1) == 0:
            breaker.succeeded()
        assert not breaker.is_open


def test_failures_of_one_moment_are_one() -> None:
    breaker = Breaker(0.02)
    for _ in range(100):
        breaker.failed(1.0)
    assert not breaker.is_open


def test_while_it_is_open_one_question_tries() -> None:
    breaker, at = opened()
    assert breaker.is_open
    assert not breaker.asks(at + FIRST_SECONDS / 2)
    assert breaker.asks(at + FIRST_SECONDS)
    assert not breaker.asks(at + FIRST_SECONDS)
    breaker.succeeded()
    assert breaker.asks(at + FIRST_SECONDS)


@given(st.integers(1, 40))
def test_the_pauses_grow_to_a_limit(more: int) -> None:
    breaker, at = opened()
    for _ in range(more):
        at += 1000
        assert breaker.asks(at)
        breaker.failed(at)
    pause = min(LONGEST_SECONDS, FIRST_SECONDS * 2**more)
    assert not breaker.asks(at + pause - 0.001)
    assert breaker.asks(at + pause)
