"""Service levels: how fast an error budget is being used up, over a long and a short window at once.

A burn rate of 1 uses a month's budget in a month. Two pairs of windows, as in Google's SRE workbook
("Alerting on SLOs", method 6): the long one says that it matters (2 % of a month's budget in an hour,
5 % in six), the short one that it still goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tenure.core.spec.values import SloPart
from tenure.core.words import count, number, span

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PAIRS = ((HOUR, 5 * MINUTE, 14.4), (6 * HOUR, 30 * MINUTE, 6.0))
"""Long window, short window, and the burn rate that both have to exceed."""
LONGEST = 6 * HOUR
_LEAST_BAD = 5
"""Bad requests below which a quiet model's single failure would be a burn rate of hundreds."""
_P99_BUDGET = 0.01  # of the requests may take longer than the 99th percentile's objective


@dataclass(frozen=True, slots=True)
class Level:
    """One objective: at most `budget` of the requests may be bad. `what` says what bad means."""

    name: str  # availability | latency
    what: str
    budget: float


@dataclass(frozen=True, slots=True)
class Seen:
    """Requests of a window, and how many of them were bad."""

    requests: int
    bad: int


@dataclass(frozen=True, slots=True)
class Burning:
    """A budget is used up too fast. `rate` is the long window's burn rate, `share` what was bad."""

    level: Level
    rate: float
    share: float
    requests: int
    text: str


Windows = Mapping[timedelta, Seen]


def levels(part: SloPart) -> tuple[Level, ...]:
    """Return the objectives that a spec declares."""
    found = []
    if part.availability is not None:
        found.append(Level("availability", "failed", 1.0 - part.availability))
    if part.p99_ms is not None:
        found.append(Level("latency", f"took longer than {part.p99_ms:g} ms", _P99_BUDGET))
    return tuple(found)


def burn_rate(seen: Seen, budget: float) -> float:
    """Return how many times faster than allowed the budget is used; 0 without requests."""
    return seen.bad / seen.requests / budget if seen.requests else 0.0


def burning(level: Level, seen: Windows) -> Burning | None:
    """Return the first pair of windows that both burn too fast; None when none does."""
    for long, short, most in PAIRS:
        rate = burn_rate(seen[long], level.budget)
        now = burn_rate(seen[short], level.budget)
        if rate >= most and now >= most and seen[long].bad >= _LEAST_BAD:
            share = seen[long].bad / seen[long].requests
            text = (
                f"{level.name}: {count(seen[long].bad, 'request')} of {seen[long].requests:,} "
                f"{level.what} within {span(long)} ({number(share)}, {number(level.budget)} is "
                f"allowed): the budget is used {rate:.1f} times too fast"
            )
            return Burning(level, rate, share, seen[long].requests, text)
    return None


def is_calm(level: Level, seen: Windows) -> bool:
    """Return whether the budget has lasted over the longest window; silence counts as calm."""
    return burn_rate(seen[LONGEST], level.budget) < 1.0
