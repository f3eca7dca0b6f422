"""Quality: what came with a day's requests that should not have, held against what is usual.

Shares of rows: without a value, with a level that was not there when the version was trained, outside the
range of what trained it; requests that were refused, and rows that came twice. Usual is what trained
the version and the days before. A share is a fault when it lies beyond the usual by more than the limit.
Without a declared limit it also has to be larger than quiet days make it (Student's t among days, and
chance, whichever is more likely), after Benjamini & Hochberg over all shares.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from tenure.core.columns import Role
from tenure.core.layouts import Tally
from tenure.core.references import Reference
from tenure.core.stats.discoveries import adjusted
from tenure.core.stats.student import student_tail
from tenure.core.words import count

LIMIT = 0.01
"""The least share of rows beyond the usual that matters, unless the spec says."""
LEAST_ROWS = 5
QUIET_DAYS = 30
"""So many days before are looked at; with fewer than `LEAST_DAYS` of them nothing is calibrated."""
LEAST_DAYS = 6
_RATE = 0.01
_LEAST_SPREAD = 0.002
_NAMED = 4

MISSING, UNSEEN, OUTSIDE = "missing", "unseen", "outside"
REFUSED, REPEATED = "refused", "repeated"
_WORDS = {
    MISSING: "has no value",
    UNSEEN: "has a level that was not there in training",
    OUTSIDE: "lies outside the range of training",
    REFUSED: "was refused: it is not what the model takes",
    REPEATED: "came a second time",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """How many of the rows of a day are amiss in one way. `column` is "" for whole requests.

    `usual` is the share in what trained the version, `days` those of days before; `example` is one.
    """

    column: str
    what: str
    rows: int
    of: int
    usual: float = 0.0
    days: tuple[float, ...] = ()
    example: str = ""

    @property
    def share(self) -> float:
        """The share of the rows."""
        return self.rows / self.of if self.of else 0.0

    @property
    def words(self) -> str:
        """`wind_gust has no value in 12.0% of 400 rows (0.4% usually)`."""
        example = f", such as {self.example!r}" if self.example else ""
        usually = max((self.usual, *self.days))
        subject = self.column or "what was sent"
        return (
            f"{subject} {_WORDS[self.what]} in {self.share:.1%} of {count(self.of, 'row')} "
            f"(at most {usually:.1%} before{example})"
        )


def counted(reference: Reference, window: Tally) -> dict[tuple[str, str], tuple[int, int, str]]:
    """Return rows amiss, of how many, and an example, by feature and what is amiss with it."""
    layout, found = reference.layout, {}
    for place, one in enumerate(layout.fields):
        if one.role is not Role.FEATURE:
            continue
        part = slice(layout.starts[place], layout.starts[place + 1])
        cells, known = window.counts[part], reference.whole.counts[part]
        found[one.name, MISSING] = (int(window.absent[place].sum()), window.rows, "")
        values = int(cells.sum())
        if one.levels is not None:
            example = next(iter(window.unseen.get(one.name, ())), "")
            found[one.name, UNSEEN] = (int(cells[-1]), values, example)
        elif one.grid is not None and values:
            low, high = reference.whole.lows[place], reference.whole.highs[place]
            above = [False, *(one.grid.edges > high)]
            below = [*(one.grid.edges <= low), False]
            outside = [
                int(many)
                for many, was, is_above, is_below in zip(cells, known, above, below, strict=True)
                if not was and (is_above or is_below)
            ]
            found[one.name, OUTSIDE] = (sum(outside), values, "")
    return found


def faults(seen: Sequence[Seen], limit: float | None) -> list[Seen]:
    """Return what is amiss, the largest share first; see the module for the rules."""
    large = [one.rows >= LEAST_ROWS and _beyond(one) > (limit or LIMIT) for one in seen]
    if limit is None:
        q_values = adjusted([_p(one) for one in seen])
        large = [is_large and q <= _RATE for is_large, q in zip(large, q_values, strict=True)]
    found = [one for one, is_large in zip(seen, large, strict=True) if is_large]
    return sorted(found, key=lambda one: (-one.share, one.column, one.what))


def in_words(found: Sequence[Seen], tested: int) -> str:
    """Return what is amiss in one line."""
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"{len(found)} of {tested} checks: " + "; ".join(one.words for one in found[:_NAMED]) + more
    )


def _beyond(one: Seen) -> float:
    mean = sum(one.days) / len(one.days) if one.days else 0.0
    return one.share - max(one.usual, mean)


def _p(one: Seen) -> float:
    """Return how likely so large a share is on a quiet day; 1 where too few days are known."""
    many = len(one.days)
    if many < LEAST_DAYS or not one.of:
        return 1.0
    mean = sum(one.days) / many
    variance = sum((day - mean) ** 2 for day in one.days) / (many - 1)
    spread = max(math.sqrt(variance), _LEAST_SPREAD) * math.sqrt(1.0 + 1.0 / many)
    among_days = student_tail((one.share - mean) / spread, many - 1)
    expected = max(one.usual, mean, 0.5 / one.of)
    error = math.sqrt(expected * (1.0 - min(expected, 1.0)) / one.of) or 1.0
    return max(among_days, NormalDist().cdf(-(one.share - expected) / error))
