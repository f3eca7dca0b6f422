"""Places where a test may cut: passed for nothing until a trap is armed, then once."""

import signal
from collections.abc import Iterator

import pytest

from tenure.services.failpoints import arm, disarm, failpoint, signalling


@pytest.fixture
def caught() -> Iterator[list[int]]:
    """How many signals came so far, one entry each."""
    found: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: found.append(number))
    yield found
    signal.signal(signal.SIGUSR1, before)


def test_every_trap_hears_of_every_place_until_it_is_disarmed() -> None:
    heard: list[str] = []
    arm(heard.append)
    failpoint("test.one")
    failpoint("test.two")
    disarm(heard.append)
    failpoint("test.three")
    assert heard == ["test.one", "test.two"]


@pytest.mark.parametrize(
    ("where", "passed", "cuts_at"),
    [
        ("a.b", ["a.c", "a.b", "a.b"], 2),
        ("a.b:2", ["a.b", "a.c", "a.b", "a.b"], 3),
        ("*:3", ["a.b", "a.c", "a.d", "a.b"], 3),
        ("a.b", ["a.bc", "b"], 0),
    ],
)
def test_the_signal_comes_at_its_passing_and_only_then(
    where: str, passed: list[str], cuts_at: int, caught: list[int]
) -> None:
    trap = signalling(where, signal.SIGUSR1)
    came = []
    for name in passed:
        trap(name)
        came.append(len(caught))
    assert came == [int(0 < cuts_at <= place) for place in range(1, len(passed) + 1)]
