"""Profile a table: what its columns are (from the reference), then every row, once.

Edges and levels come from at most `SAMPLE_ROWS` rows, evenly spread over the reference; counts and
sums from all rows of both. Memory does not grow with the rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.core import profiles
from tenure.core.profiles import Absent, ColumnKind, Levels, Profile
from tenure.core.stats.histograms import Counts, Grid, grid_of
from tenure.ports.columns import Columns
from tenure.services.measure import Tally, kind_of, kind_of_texts, numbers_in, tally

SAMPLE_ROWS = 1 << 18
MOST_SEGMENTS = 20
ALL, OTHER, NONE = "", "(others)", "(none)"
_ID_LEVELS = 100
Progress = Callable[[str, int, int | None], None]
"""Told the table's name, the rows read so far, and how many there are when that is known."""


@dataclass(slots=True)
class Plan:
    """How a column is profiled. The places of a dictionary's texts are remembered."""

    kind: ColumnKind
    grid: Grid | None = None
    levels: Levels | None = None
    _last: Any = None
    _texts: list[str] = field(default_factory=list)
    _places: Counts = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def empty(self) -> Profile:
        """Return the profile of no rows."""
        if self.levels is not None:
            return profiles.no_categories(self.levels)
        assert self.grid is not None  # noqa: S101  # one of both
        return profiles.no_numbers(self.grid)

    def profile(self, array: Any) -> Profile:
        """Return the profile of an Arrow array."""
        if self.levels is None:
            assert self.grid is not None  # noqa: S101  # one of both
            read = numbers_in(array, self.kind)
            return profiles.numbers(self.grid, read.values, read.nulls, read.unreadable)
        found = tally(array, self.kind)
        texts = self._recognised(self.levels, found)
        absent = Absent(nulls=found.nulls, unreadable=found.unreadable)
        return profiles.categories(self.levels, texts, found.counts, self._places, absent)

    def _recognised(self, levels: Levels, found: Tally) -> list[str]:
        """Return the texts; they and their places are remembered from batch to batch."""
        if self._last is None or not found.texts.equals(self._last):
            self._last = found.texts
            self._texts = found.texts.to_pylist()
            self._places = profiles.places(levels, self._texts)
        return self._texts


def plan(array: Any, *, is_text: bool) -> tuple[Plan, Profile | None]:
    """Return how a column is profiled, from a sample of it, and the sample's own profile."""
    kind = kind_of_texts(array) if is_text else kind_of(array.type)
    if kind is ColumnKind.OTHER:
        return Plan(kind), None
    if kind is ColumnKind.CATEGORY:
        counts = _counts(array)
        many = sum(counts.values())
        if len(counts) <= min(profiles.MOST_KNOWN, max(_ID_LEVELS, many // 2)):
            named = Plan(kind, levels=profiles.levels_of(counts))
            return named, named.profile(array)
        kind = ColumnKind.TEXT
    if kind is ColumnKind.FLAG:
        flags = Plan(kind, levels=Levels(("false", "true")))
        return flags, flags.profile(array)
    read = numbers_in(array, kind)
    ordered = np.sort(read.values)
    grid = grid_of(profiles.finite(ordered))
    sampled = profiles.ordered_numbers(grid, ordered, read.nulls, read.unreadable)
    return Plan(kind, grid), sampled


def _counts(array: Any) -> dict[str, int]:
    found = tally(array, ColumnKind.CATEGORY)
    pairs = zip(found.texts.to_pylist(), found.counts.tolist(), strict=True)
    return {text: many for text, many in pairs if many}


@dataclass(slots=True)
class Planned:
    """How each column is profiled. `whole` are profiles of columns that were read to the end."""

    plans: dict[str, Plan]
    whole: dict[str, Profile]


def planned(table: Columns, names: Sequence[str]) -> Planned:
    """Return how each column is profiled; a column at a time where that costs nothing more."""
    found = Planned({}, {})
    for group in _groups(table, names):
        sample, stride = _sample(table, group)
        for name in group:
            column = sample.column(name).combine_chunks() if sample is not None else pa.nulls(0)
            array = column if isinstance(column, pa.Array) else pa.concat_arrays(column.chunks)
            found.plans[name], profile = plan(array, is_text=table.is_text)
            if profile is not None and stride == 1:
                found.whole[name] = profile
    return found


def _groups(table: Columns, names: Sequence[str]) -> list[list[str]]:
    return [[name] for name in names] if table.apart else [list(names)]


def _sample(table: Columns, names: Sequence[str]) -> tuple[Any, int]:
    """Return every k-th row for the least k that leaves at most `SAMPLE_ROWS`, and k: a power of two."""
    stride, seen, kept = 1, 0, []
    for batch in table.batches(names):
        kept.append(_every(batch, stride, -seen % stride))
        seen += batch.num_rows
        while sum(one.num_rows for one in kept) > SAMPLE_ROWS:
            kept = [*_thinned(kept)]
            stride *= 2
    return pa.Table.from_batches(kept).unify_dictionaries() if kept else None, stride


def _thinned(batches: Sequence[Any]) -> Iterator[Any]:
    """Yield every other row of the whole."""
    offset = 0
    for batch in batches:
        yield _every(batch, 2, offset % 2)
        offset += batch.num_rows


def _every(batch: Any, stride: int, start: int) -> Any:
    return batch if stride == 1 else batch.take(pa.array(np.arange(start, batch.num_rows, stride)))


Segments = dict[str, dict[str, Profile]]
"""Segment → column → profile."""


def profiled(
    table: Columns,
    how: Mapping[str, Plan],
    by: str | None,
    segments: Sequence[str],
    told: Progress,
) -> Segments:
    """Return the profiles of all rows (under `ALL`) and, with `by`, of each segment."""
    names = [name for name in how if name in table.names]
    parts = [*segments, OTHER] if by else [ALL]
    found: Segments = {part: {name: how[name].empty() for name in names} for part in parts}
    groups = [[*names, by]] if by else _groups(table, names)
    for done, group in enumerate(groups):
        rows = 0
        for batch in table.batches(list(dict.fromkeys(group))):
            for part, chosen in _split(batch, by, segments):
                for name in group if by is None else names:
                    found[part][name] += how[name].profile(chosen.column(name))  # type: ignore[operator]
            rows += batch.num_rows
            told(table.name, _share(done, rows, len(groups), table.rows), table.rows)
    if by:
        found[ALL] = {name: reduce(add, [found[part][name] for part in parts]) for name in names}
    return found


def _share(done: int, rows: int, groups: int, of: int | None) -> int:
    """Return about how many whole rows were read, when columns are read one after another."""
    return rows if of is None or groups == 1 else (done * of + rows) // groups


def _split(batch: Any, by: str | None, segments: Sequence[str]) -> Iterator[tuple[str, Any]]:
    if by is None:
        yield ALL, batch
        return
    texts = batch.column(by).cast(pa.large_string()).fill_null(NONE)
    places = pc.index_in(texts, pa.array(segments, pa.large_string())).fill_null(len(segments))
    codes = places.to_numpy(zero_copy_only=False)
    for place in np.unique(codes).tolist():
        chosen = batch.take(pa.array(np.flatnonzero(codes == place)))
        yield [*segments, OTHER][place], chosen


def segments_of(table: Columns, by: str) -> list[str]:
    """Return the reference's largest segments, by the values of a column."""
    counts: dict[str, int] = {}
    for batch in table.batches([by]):
        texts = batch.column(by).cast(pa.large_string()).fill_null(NONE)
        for text, many in _counts(texts).items():
            counts[text] = counts.get(text, 0) + many
    return sorted(counts, key=lambda name: (-counts[name], name))[:MOST_SEGMENTS]
