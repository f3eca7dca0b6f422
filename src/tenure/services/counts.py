"""Counts: rows of a table onto a layout, window by window, in columns.

A window of many rows is sorted and the edges are looked up in it; of few rows each value is looked
up in the edges. Both give the same counts (docs/decisions/0020-profiles-of-answers.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tenure.core import profiles
from tenure.core.columns import Role
from tenure.core.layouts import EXAMPLES, Layout, Tally
from tenure.core.profiles import ColumnKind, Levels
from tenure.core.stats.histograms import Counts, Floats, filled

SORTED_FROM = 200
"""From so many rows a window on, sorting costs less than looking up."""
FEW = 300
"""Categories of fewer rows are looked up one by one: Arrow costs more to call."""
Flags = NDArray[np.bool_]


@dataclass(slots=True)
class _Known:
    """The levels of a category, ready to be looked up."""

    levels: Levels
    cells: dict[str | None, int]
    texts: Any = None  # Arrow's, made when it is first wanted
    places: Counts = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def last(self) -> int:
        """The cell of unseen levels."""
        return self.levels.cells - 1

    def codes(self, column: pl.Series) -> Counts:
        """Return each row's cell; the last one for unseen levels, -1 for nulls."""
        last, many = self.last, len(column)
        if many < FEW:
            cells = self.cells
            found = [cells.get(text, last) for text in column.to_list()]
            return np.array(found, dtype=np.int64)
        if self.texts is None:
            known = [text for text in self.cells if text is not None]
            self.texts = pa.array(known, pa.large_string())
            self.places = np.asarray([*(self.cells[text] for text in known), last])
        array = column.to_arrow(compat_level=pl.CompatLevel.oldest())
        at = pc.index_in(array, self.texts).fill_null(len(self.texts))
        codes: Counts = self.places[at.to_numpy(zero_copy_only=False)]
        if array.null_count:
            codes[array.is_null().to_numpy(zero_copy_only=False)] = -1
        return codes


class Counter:
    """Counts rows on one layout. `prefix` stands before the names of features in the table."""

    def __init__(self, layout: Layout, prefix: str = "") -> None:
        self.layout = layout
        fields = list(enumerate(layout.fields))
        self._numbers = [place for place, one in fields if one.levels is None]
        self._known = {
            place: _Known(one.levels, _cells(one.levels))
            for place, one in fields
            if one.levels is not None
        }
        self._names = {
            place: f"{prefix}{one.name}" if one.role is Role.FEATURE else one.name
            for place, one in fields
        }

    def windows(self, table: pl.DataFrame, starts: Sequence[int]) -> list[Tally]:
        """Return the tally of each window; window w is the rows from `starts[w]` to the next.

        A column that the table lacks is null in every row.
        """
        if not table.height:
            return []
        begins = np.asarray(starts, dtype=np.int64)
        found = _Windows(self.layout, begins, table.height)
        columns = {column.name: column for column in table.get_columns()}
        self._count_numbers(columns, found)
        for place, known in self._known.items():
            column = columns.get(self._names[place])
            if column is None:
                found.absent[:, place, 0] = found.lengths
            else:
                texts = column if column.dtype == pl.String else column.cast(pl.String)
                _count_levels(found, place, known, texts)
        return found.tallies()

    def _count_numbers(self, columns: Mapping[str, pl.Series], found: "_Windows") -> None:
        values = np.empty((found.rows, len(self._numbers)), order="F")
        nulls: dict[int, pl.Series] = {}
        for at, place in enumerate(self._numbers):
            column = columns.get(self._names[place])
            if column is None:
                values[:, at] = np.nan
                found.absent[:, place, 0] = found.lengths
            else:
                column = _number(column, self.layout.fields[place].kind)
                values[:, at] = column.to_numpy()
                if column.null_count():
                    nulls[at] = column
        finite = np.isfinite(values)
        for at in np.flatnonzero(~finite.all(axis=0)).tolist():
            if self._names[self._numbers[at]] in columns:
                found.count_absent(self._numbers[at], values[:, at], nulls.get(at))
        with np.errstate(invalid="ignore"):
            found.lows[:, self._numbers] = np.fmin.reduceat(values, found.begins, axis=0)
            found.highs[:, self._numbers] = np.fmax.reduceat(values, found.begins, axis=0)
        if found.rows >= SORTED_FROM * len(found.begins):
            self._sorted(values, found)
        else:
            self._looked_up(values, found)

    def _sorted(self, values: Floats, found: "_Windows") -> None:
        for window, (begin, end) in enumerate(found.spans):
            for at, place in enumerate(self._numbers):
                grid = self.layout.fields[place].grid
                part = np.sort(values[begin:end, at])
                finite = part[: np.searchsorted(part, np.inf)]
                if grid is not None and len(finite):
                    counts, sums = filled(grid, finite)
                    found.add_cells(window, place, counts, sums)

    def _looked_up(self, values: Floats, found: "_Windows") -> None:
        cells = np.empty(values.shape, dtype=np.int64, order="F")
        for at, place in enumerate(self._numbers):
            grid = self.layout.fields[place].grid
            if grid is not None:
                bins = np.searchsorted(grid.edges, values[:, at], side="right")
                np.add(bins, self.layout.starts[place], out=cells[:, at])
        cells += (found.windows * self.layout.cells)[:, None]
        flat, of = cells.ravel(order="F"), values.ravel(order="F")
        there = ~np.isnan(of)
        if not there.all():
            flat, of = flat[there], of[there]
        found.add_flat(flat, of)


@dataclass(slots=True)
class _Windows:
    """The counts of several windows while they are filled."""

    layout: Layout
    begins: Counts
    rows: int
    counts: Counts = field(init=False)
    sums: Floats = field(init=False)
    lows: Floats = field(init=False)
    highs: Floats = field(init=False)
    absent: Counts = field(init=False)
    unseen: list[dict[str, tuple[str, ...]]] = field(init=False)
    windows: Counts = field(init=False)

    def __post_init__(self) -> None:
        many, fields = len(self.begins), len(self.layout.fields)
        self.counts = np.zeros((many, self.layout.cells), dtype=np.int64)
        self.sums = np.zeros((many, self.layout.cells))
        self.lows = np.full((many, fields), np.inf)
        self.highs = np.full((many, fields), -np.inf)
        self.absent = np.zeros((many, fields, 5), dtype=np.int64)
        self.unseen = [{} for _ in range(many)]
        self.windows = np.repeat(np.arange(many), np.diff(self.begins, append=self.rows))

    @property
    def spans(self) -> list[tuple[int, int]]:
        ends = [*self.begins[1:].tolist(), self.rows]
        return list(zip(self.begins.tolist(), ends, strict=True))

    @property
    def lengths(self) -> Counts:
        """How many rows each window has."""
        found: Counts = np.diff(self.begins, append=self.rows)
        return found

    def sums_of(self, flags: Flags) -> Counts:
        """Return how many rows of each window are flagged."""
        found: Counts = np.add.reduceat(flags.astype(np.int64), self.begins)
        return found

    def count_absent(self, place: int, values: Floats, nulls: pl.Series | None) -> None:
        """Count what is no finite number by its reason; infinities become NaN, as nulls are."""
        empty = np.isnan(values)
        absent = self.absent[:, place]
        missing = self.sums_of(empty)
        if nulls is None:
            absent[:, 1] = missing
        elif nulls.null_count() == int(missing.sum()):
            absent[:, 0] = missing
        else:
            absent[:, 0] = self.sums_of(nulls.is_null().to_numpy())
            absent[:, 1] = missing - absent[:, 0]
        infinite = np.isinf(values)
        if infinite.any():
            absent[:, 2] = self.sums_of(infinite & (values < 0.0))
            absent[:, 3] = self.sums_of(infinite & (values > 0.0))
            values[infinite] = np.nan

    def add_cells(self, window: int, place: int, counts: Counts, sums: Floats) -> None:
        part = slice(self.layout.starts[place], self.layout.starts[place + 1])
        self.counts[window, part], self.sums[window, part] = counts, sums

    def add_flat(self, cells: Counts, values: Floats) -> None:
        many = self.counts.size
        self.counts += np.bincount(cells, minlength=many).reshape(self.counts.shape)
        self.sums += np.bincount(cells, values, minlength=many).reshape(self.sums.shape)

    def tallies(self) -> list[Tally]:
        lows = np.where(np.isnan(self.lows), np.inf, self.lows)
        highs = np.where(np.isnan(self.highs), -np.inf, self.highs)
        return [
            Tally(
                end - begin,
                self.counts[at],
                self.sums[at],
                lows[at],
                highs[at],
                self.absent[at],
                self.unseen[at],
            )
            for at, (begin, end) in enumerate(self.spans)
        ]


def _cells(levels: Levels) -> dict[str | None, int]:
    named = [*levels.names, *sorted(levels.rest)]
    places = profiles.places(levels, named).tolist()
    return {None: -1, **dict(zip(named, places, strict=True))}


def _number(column: pl.Series, kind: ColumnKind) -> pl.Series:
    """Return the numbers of a column; of text it is the length."""
    if kind is ColumnKind.TEXT:
        return column.cast(pl.String).str.len_chars().cast(pl.Float64)
    return column if column.dtype == pl.Float64 else column.cast(pl.Float64, strict=False)


def _count_levels(found: _Windows, place: int, known: _Known, texts: pl.Series) -> None:
    start, cells = found.layout.starts[place], known.levels.cells
    codes, windows = known.codes(texts), found.windows
    there = codes >= 0
    if not there.all():
        found.absent[:, place, 0] = found.sums_of(~there)
        codes, windows = codes[there], windows[there]
    many = len(found.begins)
    flat = np.bincount(codes + windows * cells, minlength=many * cells)
    found.counts[:, start : start + cells] = flat.reshape(many, -1)
    if (codes == known.last).any():
        texts = texts.drop_nulls()
        new = np.flatnonzero(codes == known.last)
        _note_unseen(found, found.layout.fields[place].name, texts.gather(new), windows[new])


def _note_unseen(found: _Windows, name: str, texts: pl.Series, windows: Counts) -> None:
    for window in np.unique(windows).tolist():
        examples = texts.filter(pl.Series(windows == window)).unique().sort().head(EXAMPLES)
        found.unseen[window][name] = tuple(examples.to_list())
