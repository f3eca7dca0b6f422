"""Layouts: all columns of a model's answers on one row of cells, so that a window is a few arrays.

A version's layout is made once, from its reference; whatever is counted on it adds up: rows, hours,
days, workers. A tally is what was counted of one window: counts and sums per cell, the least and
greatest value per field, and rows without a value by their reason.
"""

import json
import math
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenure.core.columns import Role
from tenure.core.profiles import (
    Absent,
    Categories,
    ColumnKind,
    Levels,
    Numbers,
    Profile,
)
from tenure.core.stats.histograms import Counts, Floats, Grid

FORMAT = 1
BINS = 64
"""Half of what a report of files has: a window of a day is seldom so long that chance is finer."""
EXAMPLES = 5
_MAGIC = b"TnTy"
_HEAD = struct.Struct("<4sBBBxIIIQ")
_WHOLE: tuple[Any, ...] = ("<u1", "<u2", "<u4", "<u8")
REASONS = ("nulls", "nans", "minus_infinite", "plus_infinite", "unreadable")
"""The columns of `Tally.absent`, as in `profiles.Absent`."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One column: its kind, and the grid or the levels it is counted on."""

    name: str
    role: Role
    kind: ColumnKind
    grid: Grid | None = None
    levels: Levels | None = None

    @property
    def cells(self) -> int:
        """How many cells it takes."""
        if self.levels is not None:
            return self.levels.cells
        return len(self.grid.edges) + 1 if self.grid is not None else 0


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What was counted of one window on a layout of K cells and F fields.

    `counts` and `sums` [K]; `lows` and `highs` [F], inf and -inf without values; `absent`
    [F, `REASONS`]; `unseen` holds a few unseen levels by the name of their field.
    """

    rows: int
    counts: Counts
    sums: Floats
    lows: Floats
    highs: Floats
    absent: Counts
    unseen: Mapping[str, tuple[str, ...]]

    def __add__(self, other: "Tally") -> "Tally":
        if len(self.counts) != len(other.counts) or len(self.lows) != len(other.lows):
            raise ValueError("tallies of different layouts cannot be added")
        return Tally(
            self.rows + other.rows,
            self.counts + other.counts,
            self.sums + other.sums,
            np.minimum(self.lows, other.lows),
            np.maximum(self.highs, other.highs),
            self.absent + other.absent,
            _together(self.unseen, other.unseen),
        )

    def __sub__(self, part: "Tally") -> "Tally":
        """Return the rest when a part of the window is left out; extremes and examples stay."""
        return replace(
            self,
            rows=self.rows - part.rows,
            counts=self.counts - part.counts,
            sums=self.sums - part.sums,
            absent=self.absent - part.absent,
        )


def _together(
    one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    if not one or not other:
        return one or other
    names = sorted({*one, *other})
    return {n: tuple(sorted({*one.get(n, ()), *other.get(n, ())})[:EXAMPLES]) for n in names}


@dataclass(frozen=True, eq=False)
class Layout:
    """The fields of a model's answers, one behind the other."""

    fields: tuple[Field, ...]

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each field's cells begin, and at last where they end."""
        return tuple(accumulate((field.cells for field in self.fields), initial=0))

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return self.starts[-1]

    def empty(self) -> Tally:
        """Return the tally of no rows."""
        many = len(self.fields)
        return Tally(
            0,
            np.zeros(self.cells, dtype=np.int64),
            np.zeros(self.cells),
            np.full(many, math.inf),
            np.full(many, -math.inf),
            np.zeros((many, len(REASONS)), dtype=np.int64),
            {},
        )

    def profile(self, tally: Tally, place: int) -> Profile:
        """Return one field of a tally as a profile, as reports of files have it."""
        field = self.fields[place]
        part = slice(self.starts[place], self.starts[place + 1])
        absent = Absent(*tally.absent[place].tolist())
        if field.levels is not None:
            examples = tally.unseen.get(field.name, ())
            return Categories(field.levels, tally.counts[part], absent, examples)
        if field.grid is None:
            raise ValueError(field.name)
        low, high = float(tally.lows[place]), float(tally.highs[place])
        return Numbers(field.grid, tally.counts[part], tally.sums[part], low, high, absent)

    def with_field(self, tally: Tally, place: int, other: Tally) -> Tally:
        """Return the tally with one field as another tally has it."""
        cells = slice(self.starts[place], self.starts[place + 1])
        counts, sums, absent = tally.counts.copy(), tally.sums.copy(), tally.absent.copy()
        lows, highs = tally.lows.copy(), tally.highs.copy()
        counts[cells], sums[cells] = other.counts[cells], other.sums[cells]
        lows[place], highs[place], absent[place] = (
            other.lows[place],
            other.highs[place],
            other.absent[place],
        )
        return replace(tally, counts=counts, sums=sums, lows=lows, highs=highs, absent=absent)

    def tally(self, profiles: Sequence[Profile], rows: int) -> Tally:
        """Return the tally of profiles, one per field in order."""
        found = self.empty()
        unseen: dict[str, tuple[str, ...]] = {}
        for place, one in enumerate(profiles):
            part = slice(self.starts[place], self.starts[place + 1])
            found.counts[part] = one.counts
            found.absent[place] = [getattr(one.absent, reason) for reason in REASONS]
            if isinstance(one, Numbers):
                found.sums[part] = one.sums
                found.lows[place], found.highs[place] = one.low, one.high
            elif one.examples:
                unseen[self.fields[place].name] = one.examples
        return replace(found, rows=rows, unseen=unseen)


def packed(tally: Tally) -> bytes:
    """Return a tally as bytes: only cells that hold something, in the narrowest whole numbers."""
    at = np.flatnonzero(tally.counts)
    counts = tally.counts[at]
    widths = [_width(int(part.max(initial=0))) for part in (at, counts, tally.absent)]
    head = _HEAD.pack(
        _MAGIC,
        FORMAT,
        widths[0] * 16 + widths[1],
        widths[2],
        len(tally.lows),
        len(at),
        len(tally.counts),
        tally.rows,
    )
    arrays = (
        at.astype(_WHOLE[widths[0]]),
        counts.astype(_WHOLE[widths[1]]),
        tally.sums[at].astype("<f8"),
        tally.lows.astype("<f8"),
        tally.highs.astype("<f8"),
        tally.absent.astype(_WHOLE[widths[2]]),
    )
    unseen = json.dumps(dict(tally.unseen), ensure_ascii=False).encode() if tally.unseen else b""
    return b"".join([head, *(array.tobytes() for array in arrays), unseen])


def _width(most: int) -> int:
    return next(place for place in range(4) if most < 1 << (8 << place))


def unpacked(data: bytes) -> Tally:
    """Return the tally of `packed`; raises ValueError for bytes of another kind or format."""
    magic, found, widths, of_absent, fields, filled, cells, rows = _HEAD.unpack_from(data)
    if magic != _MAGIC or found != FORMAT:
        raise ValueError(f"these are no tally of format {FORMAT}")
    offset = _HEAD.size

    def take(kind: str, many: int) -> NDArray[Any]:
        nonlocal offset
        array: NDArray[Any] = np.frombuffer(data, kind, many, offset)
        offset += array.nbytes
        return array

    at = take(_WHOLE[widths // 16], filled)
    counts, sums = np.zeros(cells, dtype=np.int64), np.zeros(cells)
    counts[at] = take(_WHOLE[widths % 16], filled)
    sums[at] = take("<f8", filled)
    lows, highs = take("<f8", fields), take("<f8", fields)
    absent = take(_WHOLE[of_absent], fields * len(REASONS)).astype(np.int64)
    unseen = json.loads(data[offset:]) if len(data) > offset else {}
    examples = {name: tuple(levels) for name, levels in unseen.items()}
    return Tally(rows, counts, sums, lows, highs, absent.reshape(fields, -1), examples)


def as_text(tally: Tally) -> str:
    """Return a packed tally for JSON."""
    return b64encode(packed(tally)).decode()


def from_text(text: str) -> Tally:
    """Return what `as_text` wrote."""
    return unpacked(b64decode(text))


def field_as_dict(field: Field) -> dict[str, Any]:
    """Return a field as plain values; numbers come back bit for bit."""
    said: dict[str, Any] = {"name": field.name, "role": field.role, "kind": field.kind}
    if field.grid is not None:
        grid = field.grid
        said["grid"] = {
            "edges": grid.edges.tolist(),
            "points": np.flatnonzero(grid.points).tolist(),
            "deciles": grid.deciles.tolist(),
            "spread": grid.spread,
        }
    if field.levels is not None:
        levels = field.levels
        said["levels"] = {
            "names": list(levels.names),
            "rest": sorted(levels.rest),
            "once": list(levels.once),
            "rows": levels.rows,
        }
    return said


def field_from_dict(said: Mapping[str, Any]) -> Field:
    """Return what `field_as_dict` wrote."""
    grid = levels = None
    if "grid" in said:
        one = said["grid"]
        edges = np.asarray(one["edges"], dtype=np.float64)
        points = np.zeros(len(edges) + 1, dtype=np.bool_)
        points[one["points"]] = True
        grid = Grid(edges, points, np.asarray(one["deciles"], dtype=np.int64), one["spread"])
    if "levels" in said:
        one = said["levels"]
        levels = Levels(
            tuple(one["names"]), frozenset(one["rest"]), tuple(one["once"]), one["rows"]
        )
    return Field(said["name"], Role(said["role"]), ColumnKind(said["kind"]), grid, levels)
