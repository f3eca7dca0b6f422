"""Profiles: what is kept of a column's rows, so that parts add up to the whole.

Profiles of the same grid or levels are added (`+`): in any order, in any split, with the same
counts. The empty profile changes nothing. Whatever is no value is counted apart, by its reason.
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from zlib import crc32

import numpy as np

from tenure.core.stats.distances import Side
from tenure.core.stats.histograms import Counts, Floats, Grid, filled

MOST_LEVELS = 1_000
"""With more levels only those of half a percent and more are counted by name."""
_HEAVY = 0.005
BUCKETS = 256
MOST_KNOWN = 65_536
_EXAMPLES = 5


class ColumnKind(StrEnum):
    """What a column is to a profile; the reference decides."""

    NUMBER = "number"
    FLAG = "flag"  # true and false; counted like a category
    CATEGORY = "category"
    TEXT = "text"  # too many different ones to be counted by name: their length is profiled
    TIME = "time"  # in seconds since 1970, UTC
    OTHER = "other"  # lists, structs, bytes: not profiled


@dataclass(frozen=True, slots=True)
class Absent:
    """Rows without a usable value. `unreadable` do not fit the kind that the reference has."""

    nulls: int = 0
    nans: int = 0
    minus_infinite: int = 0
    plus_infinite: int = 0
    unreadable: int = 0

    def __add__(self, other: "Absent") -> "Absent":
        return Absent(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Absent)))

    @property
    def rows(self) -> int:
        """All of them."""
        return self.nulls + self.nans + self.minus_infinite + self.plus_infinite + self.unreadable

    @property
    def missing(self) -> int:
        """Nulls and NaN: nobody gave a value."""
        return self.nulls + self.nans


NOTHING = Absent()


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Counts and sums per bin of a grid. Without values `low` is inf and `high` -inf."""

    grid: Grid
    counts: Counts
    sums: Floats
    low: float = math.inf
    high: float = -math.inf
    absent: Absent = NOTHING

    def __add__(self, other: "Numbers") -> "Numbers":
        if not self.grid.same(other.grid):
            raise ValueError("profiles on different grids cannot be added")
        return Numbers(
            self.grid,
            self.counts + other.counts,
            self.sums + other.sums,
            min(self.low, other.low),
            max(self.high, other.high),
            self.absent + other.absent,
        )

    @property
    def values(self) -> int:
        """Rows with a finite value."""
        return int(self.counts.sum())

    @property
    def rows(self) -> int:
        """Rows with and without a value."""
        return self.values + self.absent.rows

    @property
    def mean(self) -> float | None:
        """The mean of the values; None without any, and when their sum is too large."""
        with np.errstate(over="ignore", invalid="ignore"):
            total = float(self.sums.sum())
        return total / self.values if self.values and math.isfinite(total) else None

    @property
    def side(self) -> Side:
        """What distances are computed from."""
        return Side(self.counts, self.sums, self.low, self.high)


def no_numbers(grid: Grid) -> Numbers:
    """Return the profile of no rows."""
    bins = len(grid.edges) + 1
    return Numbers(grid, np.zeros(bins, dtype=np.int64), np.zeros(bins))


def numbers(grid: Grid, values: Floats, nulls: int = 0, unreadable: int = 0) -> Numbers:
    """Return the profile of rows: `values` [n] may hold NaN and infinities, and are not changed."""
    return ordered_numbers(grid, np.sort(values), nulls, unreadable)


def finite(ordered: Floats) -> Floats:
    """Return the finite ones of values in rising order, NaN last."""
    low, high, _ = _ends(ordered)
    return ordered[low:high]


def _ends(ordered: Floats) -> tuple[int, int, int]:
    """Return where the finite values begin and end, and where NaN begin."""
    low = int(np.searchsorted(ordered, -math.inf, side="right"))
    high, end = np.searchsorted(ordered, [math.inf, math.nan]).tolist()
    return low, high, end


def ordered_numbers(grid: Grid, ordered: Floats, nulls: int = 0, unreadable: int = 0) -> Numbers:
    """Return the profile of rows that are in rising order, NaN last."""
    low, high, end = _ends(ordered)
    inside = ordered[low:high]
    absent = Absent(nulls, len(ordered) - end, low, end - high, unreadable)
    if not len(inside):
        empty = no_numbers(grid)
        return Numbers(grid, empty.counts, empty.sums, absent=absent)
    counts, sums = filled(grid, inside)
    return Numbers(grid, counts, sums, float(inside[0]), float(inside[-1]), absent)


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a category in the reference, and in which cell each is counted.

    The cells are: one for each of `names`, `BUCKETS` for the `rest` (by a hash of the level, so that
    what is counted together was not chosen by its count), and one for unseen levels. `once` [cells]
    are the levels that occurred a single time in the `rows` from which the levels were taken.
    """

    names: tuple[str, ...]
    rest: frozenset[str] = frozenset()
    once: tuple[int, ...] = ()
    rows: int = 0

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self.names) + (BUCKETS if self.rest else 0) + 1


def levels_of(counts: Mapping[str, int]) -> Levels:
    """Return the levels of a reference with these counts: each by name, or only the heavy ones."""
    rows = sum(counts.values())
    names = sorted(counts, key=lambda name: (-counts[name], name))
    named = len(names)
    if named > MOST_LEVELS:
        named = sum(counts[name] >= rows * _HEAVY for name in names)
    levels = Levels(tuple(names[:named]), frozenset(names[named:]))
    once = [name for name in names if counts[name] == 1]
    cells = np.bincount(places(levels, once), minlength=levels.cells)
    return replace(levels, once=tuple(cells.tolist()), rows=rows)


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """Counts per cell of the levels.

    `examples` are the first few unseen levels in the order of the alphabet.
    """

    levels: Levels
    counts: Counts
    absent: Absent = NOTHING
    examples: tuple[str, ...] = ()

    def __add__(self, other: "Categories") -> "Categories":
        if self.levels is not other.levels and self.levels != other.levels:
            raise ValueError("profiles of different levels cannot be added")
        return Categories(
            self.levels,
            self.counts + other.counts,
            self.absent + other.absent,
            tuple(sorted({*self.examples, *other.examples})[:_EXAMPLES]),
        )

    @property
    def values(self) -> int:
        """Rows with a level, known or not."""
        return int(self.counts.sum())

    @property
    def rows(self) -> int:
        """Rows with and without a value."""
        return self.values + self.absent.rows

    @property
    def unseen(self) -> int:
        """Rows whose level the reference does not have."""
        return int(self.counts[-1])

    @property
    def shown(self) -> tuple[list[str], Counts]:
        """The levels and their counts as people are shown them: what has no name together."""
        named = len(self.levels.names)
        names = [*self.levels.names, "other known levels", "unseen levels"]
        rest = [self.counts[named:-1].sum(), self.counts[-1]]
        return names, np.concatenate([self.counts[:named], rest]).astype(np.int64)


def no_categories(levels: Levels) -> Categories:
    """Return the profile of no rows."""
    return Categories(levels, np.zeros(levels.cells, dtype=np.int64))


def places(levels: Levels, texts: Sequence[str]) -> Counts:
    """Return the cell in which each text is counted."""
    known = {name: place for place, name in enumerate(levels.names)}
    first, last, rest = len(known), levels.cells - 1, levels.rest
    found = (
        known[text]
        if text in known
        else first + crc32(text.encode()) % BUCKETS
        if text in rest
        else last
        for text in texts
    )
    return np.fromiter(found, dtype=np.int64, count=len(texts))


def categories(
    levels: Levels, texts: Sequence[str], counts: Counts, at: Counts, absent: Absent = NOTHING
) -> Categories:
    """Return the profile of rows that hold `texts` [k] `counts` [k] times; `at` are their `places`."""
    summed = np.bincount(at, weights=counts, minlength=levels.cells).astype(np.int64)
    new = np.flatnonzero((at == levels.cells - 1) & (counts > 0))
    examples = heapq.nsmallest(_EXAMPLES, (texts[place] for place in new.tolist()))
    return Categories(levels, summed, absent, tuple(examples))


def as_if_new(reference: Categories) -> Counts:
    """Return the reference's counts as another sample of the same distribution would have them.

    A reference has no unseen levels, another sample has: about as many rows as the reference has
    levels that occurred once (Good & Turing, Biometrika 40, 1953). Each such row is counted as if
    the rest of the reference had been asked.
    """
    levels = reference.levels
    if not any(levels.once):
        return reference.counts
    share = min(1.0, reference.values / levels.rows)
    gone = np.minimum(np.round(np.asarray(levels.once) * share).astype(np.int64), reference.counts)
    counts = reference.counts - gone
    counts[-1] += gone.sum()
    return counts


Profile = Numbers | Categories
