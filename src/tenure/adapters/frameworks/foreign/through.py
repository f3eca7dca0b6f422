"""Trees behind preprocessing, as trees of the raw columns: what each step does is found by asking.

Imputing, scaling, coding and binning one column at a time leave a number that depends on one raw
column. So a node's question about it is one about the raw column: for a category the set of its
levels that go left, for a number the largest double that does, found by halving, and where a
missing value goes. Whatever the steps are called; the parity test says whether it was true.
"""

import contextlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.adapters.frameworks.foreign.forests import goes_left, with_sets
from tenure.adapters.frameworks.foreign.original import wrong_outputs
from tenure.adapters.frameworks.trees import (
    CATEGORICAL,
    MISSING_IS_NAN,
    MISSING_LEFT,
    Forest,
    Tree,
)

_UNSEEN = "\x00 no level of any model"
_ENDS = (1e300, 1e30, 1e9)  # some steps cannot take the larger ones
_PROBES = (0.0, *(sign * 10.0**power for power in range(-3, 16, 3) for sign in (1, -1)))
_ROUNDS = 66
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Raw:
    """A raw column of the model. `levels` None: a number. `nulls`: whether it may be missing."""

    name: str
    levels: tuple[str, ...] | None
    nulls: bool


class Asked:
    """What the steps before the trees make of raw values, one column changed at a time.

    `transform` takes columns by name (arrays of float, or of objects) and gives [rows, inputs].
    """

    def __init__(
        self, columns: tuple[Raw, ...], transform: Callable[[dict[str, Any]], Floats]
    ) -> None:
        self.columns = columns
        self._transform = transform
        self._tables = [self._table(column) for column in columns]
        self.of = self._owners()

    def codes(self, column: int, place: int) -> Floats:
        """Return an input for each code of a category: its levels, a missing one, an unseen one."""
        return self._tables[column][:, place]

    def table(self, column: int) -> Floats:
        """Return all inputs for each code of a category, [codes, inputs]."""
        return self._tables[column]

    def when_missing(self, column: int) -> Floats:
        """Return all inputs where a number is missing; NaN when the steps have no word on it."""
        found: Floats = self._tables[column][-1]
        return found

    def answers_missing(self, columns: Ints) -> NDArray[np.bool_]:
        """Return of which numbers the steps have a word when they are missing."""
        return np.array([not np.isnan(self._tables[column][-1]).all() for column in columns])

    def missing(self, column: int, place: int) -> float:
        """Return an input where a number is missing; NaN when the steps have no word on it."""
        return float(self._tables[column][-1, place])

    def numbers(self, columns: Ints, places: Ints, values: Floats) -> Floats:
        """Return for each i input `places[i]` when number `columns[i]` is `values[i]`."""
        rows = self._rows(len(values))
        for column in np.unique(columns):
            at = columns == column
            rows[self.columns[column].name][at] = values[at]
        return self._asked(rows)[np.arange(len(values)), places]

    def _rows(self, count: int) -> dict[str, Any]:
        return {
            c.name: np.ones(count)  # zeros would hide a product of two columns
            if c.levels is None
            else np.full(count, c.levels[0] if c.levels else _UNSEEN, object)
            for c in self.columns
        }

    def _table(self, column: Raw) -> Floats:
        """Return the inputs for the values of one column that are tried; the last is missing."""
        asked = list(_PROBES) if column.levels is None else [*column.levels, np.nan, _UNSEEN]
        if column.levels is None:
            asked.append(np.nan)
        whole = np.array([one == one for one in asked])  # noqa: PLR0124  # not NaN
        values = np.array(asked, object if column.levels is not None else float)
        rows = self._rows(len(asked))
        rows[column.name] = values
        found = self._asked({name: one[whole] for name, one in rows.items()})
        table = np.full((len(asked), found.shape[1]), np.nan)
        table[whole] = found
        if column.nulls:
            with contextlib.suppress(ValueError, TypeError):  # steps that take no missing value
                table[~whole] = self._asked({name: one[~whole] for name, one in rows.items()})
        return table

    def _asked(self, rows: dict[str, Any]) -> Floats:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return self._transform(rows)

    def _owners(self) -> Ints:
        """Return the column that each input depends on; -1 for none, -2 for several."""
        self.constants = base = self._asked(self._rows(1))[0]
        owners = np.full(len(base), -1)
        for place, table in enumerate(self._tables):
            known = table if self.columns[place].nulls else self._without_missing(place)
            same = (known == base) | (np.isnan(known) & np.isnan(base))
            moved = ~same.all(axis=0)
            owners[moved] = np.where(owners[moved] == -1, place, -2)
        return owners

    def _without_missing(self, place: int) -> Floats:
        table, levels = self._tables[place], self.columns[place].levels
        return np.delete(table, -1 if levels is None else len(levels), axis=0)


def taken(asked: Asked, forest: Forest) -> tuple[Forest, Encoding]:
    """Return the trees over the raw columns; raise `version.wrong_outputs` when they have none."""
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(t.feature for t in forest.trees)]))
    if (asked.of[used] == -2).any():  # noqa: PLR2004  # depends on several
        raise wrong_outputs("a step before the trees mixes several columns")
    if any(tree.linear for tree in forest.trees):
        raise wrong_outputs("linear trees behind other steps are not taken over")
    edges = _Edges(asked, forest)
    grown = tuple(_tree(asked, edges, tree) for tree in forest.trees)
    return replace(forest, features=len(asked.columns), trees=grown), encoding_of(asked.columns)


def encoding_of(columns: tuple[Raw, ...]) -> Encoding:
    """Return the encoding in which missing and unseen levels have codes of their own."""
    found = []
    for column in columns:
        size = float(len(column.levels or ()))
        is_text = column.levels is not None
        found.append(
            Feature(column.name, column.levels, missing=size, unseen=size + 1)
            if is_text
            else Feature(column.name)
        )
    return Encoding(tuple(found))


class _Edges:
    """For every question about a number: the largest double that goes one way, and which way."""

    def __init__(self, asked: Asked, forest: Forest) -> None:
        self._asked = asked
        self._numbers = np.array([column.levels is None for column in asked.columns])
        questions: dict[tuple[int, float], int] = {}
        for tree in forest.trees:
            for node in np.flatnonzero(self.about_number(tree)):
                questions.setdefault(self._key(tree, int(node)), len(questions))
        self._places = questions
        keys = np.array(list(questions), float).reshape(len(questions), 2)
        self._inputs = keys[:, 0].astype(np.int64)
        self._thresholds = keys[:, 1]
        self._columns = asked.of[self._inputs]
        self.edge: Floats = keys[:, 1]
        self.falls: NDArray[np.bool_] = np.zeros(len(keys), bool)
        if questions:
            self.edge, self.falls = self._halved()

    def about_number(self, tree: Tree) -> NDArray[np.bool_]:
        """Return which nodes ask about a raw number."""
        owners = self._asked.of[tree.feature]
        plain = (tree.decision & CATEGORICAL) == 0
        found: NDArray[np.bool_] = (owners >= 0) & plain & self._numbers[owners]
        return found

    def at(self, tree: Tree, node: int) -> tuple[float, bool]:
        """Return the edge of a node, and whether values above it go left instead of those below."""
        place = self._places[self._key(tree, node)]
        return float(self.edge[place]), bool(self.falls[place])

    @staticmethod
    def _key(tree: Tree, node: int) -> tuple[int, float]:
        return int(tree.feature[node]), float(tree.threshold[node])

    def _left(self, at: Ints, values: Floats) -> NDArray[np.bool_]:
        inputs = self._asked.numbers(self._columns[at], self._inputs[at], values)
        found: NDArray[np.bool_] = inputs <= self._thresholds[at]
        return found

    def _halved(self) -> tuple[Floats, NDArray[np.bool_]]:
        count = len(self._inputs)
        every = np.arange(count)
        low, high, at_low, at_high = self._ends(every)
        edge = np.where(at_low, np.inf, -np.inf)  # where both ends go the same way
        open_ = np.flatnonzero(at_low != at_high)
        low, high = self._narrowed(open_, low, high, at_low)
        below, above = _ordered(low[open_]), _ordered(high[open_])
        for _ in range(_ROUNDS):
            left = np.flatnonzero(above - below != 1)
            if not len(left):
                break
            middle = (below >> 1) + (above >> 1) + (below & above & 1)
            same = self._left(open_[left], _doubles(middle[left])) == at_low[open_[left]]
            below[left] = np.where(same, middle[left], below[left])
            above[left] = np.where(same, above[left], middle[left])
        edge[open_] = _doubles(below)
        return edge, ~at_low & at_high

    def _ends(self, every: Ints) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.bool_]]:
        for most in _ENDS:
            low, high = np.full(len(every), -most), np.full(len(every), most)
            with contextlib.suppress(ValueError):
                return low, high, self._left(every, low), self._left(every, high)
        raise wrong_outputs("a step before the trees takes no large numbers")

    def _narrowed(
        self, open_: Ints, low: Floats, high: Floats, at_low: NDArray[np.bool_]
    ) -> tuple[Floats, Floats]:
        """Take most of the way at once, as if the steps were a straight line."""
        zero = self._asked.numbers(self._columns, self._inputs, np.zeros(len(self._inputs)))
        one = self._asked.numbers(self._columns, self._inputs, np.ones(len(self._inputs)))
        with np.errstate(all="ignore"):
            guess = (self._thresholds - zero) / (one - zero)
            width = np.abs(guess) * 1e-12 + np.abs(zero / (one - zero)) * 1e-12 + 1e-300
            ends = guess - width, guess + width
        good = open_[np.isfinite(ends[0][open_]) & np.isfinite(ends[1][open_])]
        if len(good):
            ahead = self._left(good, ends[0][good]) == at_low[good]
            behind = self._left(good, ends[1][good]) != at_low[good]
            kept = good[ahead & behind]
            low[kept], high[kept] = ends[0][kept], ends[1][kept]
        return low, high


def _tree(asked: Asked, edges: _Edges, tree: Tree) -> Tree:
    if not len(tree.feature):
        return tree
    owners = asked.of[tree.feature]
    left, right = tree.left.copy(), tree.right.copy()
    threshold, decision = np.zeros(len(owners)), np.full(len(owners), MISSING_IS_NAN)
    sets: dict[int, list[int]] = {}
    about_number = edges.about_number(tree)
    for node, owner in enumerate(owners.tolist()):
        place = int(tree.feature[node])
        if about_number[node]:
            threshold[node], falls = edges.at(tree, node)
            absent = np.array([asked.missing(owner, place)])
            to_left = bool(goes_left(tree, node, absent)[0])
            if falls:
                left[node], right[node] = tree.right[node], tree.left[node]
            decision[node] += MISSING_LEFT * (to_left is not falls)
        elif owner < 0:  # always the same: everything goes one way
            always = bool(goes_left(tree, node, asked.constants[place][None])[0])
            threshold[node] = np.inf if always else -np.inf
            decision[node] += MISSING_LEFT * always
        elif asked.columns[owner].levels is None:
            raise wrong_outputs("a number that is taken as a category is not taken over")
        else:
            ways = goes_left(tree, node, asked.codes(owner, place))
            sets[node] = np.flatnonzero(ways).tolist()
    plain = Tree(
        np.maximum(owners, 0), threshold, decision, left, right, tree.leaf, cover=tree.cover
    )
    return with_sets(plain, sets)


def _ordered(values: Floats) -> Ints:
    """Return integers that are ordered as the doubles are, neighbours differing by one."""
    bits = values.view(np.int64)
    return np.where(bits >= 0, bits, np.iinfo(np.int64).min - bits)


def _doubles(ordered: Ints) -> Floats:
    bits = np.where(ordered >= 0, ordered, np.iinfo(np.int64).min - ordered)
    return bits.view(np.float64)
