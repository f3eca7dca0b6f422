"""CatBoost's categories as tables: which codes of a category, or of a combination, go left.

CatBoost turns categories, and combinations of them with other splits, into statistics of the
target and asks those. A statistic depends on nothing but the combination, so the combination
becomes a crossed feature; what a split says of each of its codes is found by asking the model for
the leaves of a row per code. The bits of a leaf's number are the answers of its tree's splits.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenure.adapters.frameworks.encode import Feature, Part
from tenure.adapters.frameworks.foreign import singles
from tenure.adapters.frameworks.foreign.original import wrong_outputs
from tenure.core.columns import Column

_UNSEEN = "\x00 no level of any model"
_MISSING = "nan"
_MOST_CASES = 20_000

Key = tuple[tuple[int, ...], tuple[tuple[int, float], ...]]
"""Places of the categories, and (place, border) of the numbers, that a split asks about."""


@dataclass(frozen=True, slots=True)
class Crossed:
    """A crossed feature: its place among the features, and the leaves of a row per code."""

    feature: Feature
    place: int
    leaves: NDArray[np.int64]  # [codes, trees]

    def left(self, tree: int, bit: int) -> list[int]:
        """Return the codes that a tree's split sends left."""
        answers = (self.leaves[:, tree] >> bit) & 1
        found: list[int] = np.flatnonzero(answers == 0).tolist()
        return found


class Splits:
    """Which columns a split of CatBoost's JSON asks about."""

    def __init__(self, ctrs: list[dict[str, Any]], info: dict[str, Any]) -> None:
        self._texts = [int(o["flat_feature_index"]) for o in info.get("categorical_features", ())]
        self._numbers = [int(o["flat_feature_index"]) for o in info.get("float_features", ())]
        self._ctrs: list[Key] = []
        for one in ctrs:  # every border of a statistic has its number, in order
            self._ctrs += [self._key(one["elements"])] * len(one["borders"])
        self._first = sum(len(o.get("borders") or ()) for o in info.get("float_features", ()))
        self._first += sum(len(o.get("values") or ()) for o in info.get("categorical_features", ()))

    def of(self, split: dict[str, Any]) -> Key:
        """Return the columns of a split that is not about one number alone."""
        if split["split_type"] == "OneHotFeature":
            return ((self._texts[int(split["cat_feature_index"])],), ())
        if split["split_type"] != "OnlineCtr":
            raise wrong_outputs(f"splits of the kind {split['split_type']} are not taken over")
        return self._ctrs[int(split["split_index"]) - self._first]

    def _key(self, elements: list[dict[str, Any]]) -> Key:
        texts, numbers = set(), set()
        for one in elements:
            if one["combination_element"] == "float_feature":
                place = self._numbers[int(one["float_feature_index"])]
                numbers.add((place, float(one["border"])))
            else:  # a level, or whether it is one level
                texts.add(self._texts[int(one["cat_feature_index"])])
        return tuple(sorted(texts)), tuple(sorted(numbers))


def found(
    loaded: Any, model: dict[str, Any], columns: tuple[Column, ...], texts: frozenset[int]
) -> dict[Key, Crossed]:
    """Return the crossed features that the trees ask; raise `version.wrong_outputs`."""
    if not texts or "oblivious_trees" not in model:
        return {}
    info = model["features_info"]
    splits = Splits(info.get("ctrs") or [], info)
    keys = {
        splits.of(split): None
        for tree in model["oblivious_trees"]
        for split in tree.get("splits") or ()
        if split["split_type"] != "FloatFeature"
    }
    right = {
        int(one["flat_feature_index"]): one.get("nan_value_treatment") == "AsTrue"
        for one in info.get("float_features", ())
    }
    names = [str(name) for name in loaded.feature_names_]
    crossed: dict[Key, Crossed] = {}
    place = len(columns)
    for key in keys:
        parts = _parts(key, columns, right)
        feature = Feature(" and ".join(part.name for part in parts), parts=parts)
        if feature.codes > _MOST_CASES:
            raise wrong_outputs(
                f"a statistic over {feature.name} has {feature.codes} cases, {_MOST_CASES} are "
                "taken over: train with max_ctr_complexity = 1, or fewer levels"
            )
        rows = _rows(key, parts, texts, names)
        leaves = np.asarray(loaded.calc_leaf_indexes(rows, thread_count=1)).astype(np.int64)
        alone_at = key[0][0] if len(key[0]) == 1 and not key[1] else place
        crossed[key] = Crossed(feature, alone_at, leaves)
        place += alone_at == place
    return crossed


def alone(column: Column) -> Feature:
    """Return a category by itself, coded like a part of a crossed feature."""
    size = float(len(column.levels))
    return Feature(column.name, column.levels, missing=size, unseen=size + 1)


def frame(
    table: pa.Table, columns: tuple[Column, ...], names: list[str], texts: frozenset[int]
) -> Any:
    """Return a table as CatBoost takes it: a missing text is the text nan."""
    import pandas as pd

    return pd.DataFrame(
        {
            name: _values(table, column, is_text=place in texts)
            for place, (name, column) in enumerate(zip(names, columns, strict=True))
        }
    )


def _values(table: pa.Table, column: Column, *, is_text: bool) -> Any:
    values = table.column(column.name)
    if is_text:
        return [_MISSING if one is None else one for one in values.cast(pa.string()).to_pylist()]
    return np.asarray(values.cast(pa.float64()).to_numpy(), np.float64)


def _parts(key: Key, columns: tuple[Column, ...], right: dict[int, bool]) -> tuple[Part, ...]:
    texts, numbers = key
    coded = [Part(columns[place].name, columns[place].levels) for place in texts]
    for place, border in numbers:
        edge = float(singles.at_most(np.array([border]))[0])
        coded.append(Part(columns[place].name, above=edge, missing=right[place]))
    return tuple(coded)


def _rows(
    key: Key,
    parts: tuple[Part, ...],
    texts: frozenset[int],
    names: list[str],
) -> Any:
    """Return a row for each code of a crossed feature, in their order."""
    import pandas as pd

    codes = np.array(list(product(*(range(part.codes) for part in parts))), np.int64)
    rows: dict[str, Any] = {
        name: np.full(len(codes), _UNSEEN, object) if place in texts else np.zeros(len(codes))
        for place, name in enumerate(names)
    }
    for at, place in enumerate(key[0]):
        values = np.array([*parts[at].levels, _MISSING, _UNSEEN], object)
        rows[names[place]] = values[codes[:, at]]
    for place in {place for place, _ in key[1]}:
        asked = [
            (at, border) for at, (one, border) in enumerate(key[1], len(key[0])) if one == place
        ]
        rows[names[place]] = _between(codes, asked)
    return pd.DataFrame(rows)


def _between(codes: NDArray[np.int64], asked: list[tuple[int, float]]) -> NDArray[np.float64]:
    """Return numbers that lie above the borders whose code is 1 and not above the others.

    A code that wants a number above one border and below a smaller one belongs to no row.
    """
    low = np.full(len(codes), -np.inf)
    for at, border in asked:
        above = np.nextafter(np.float32(border), np.float32(np.inf))
        low = np.where(codes[:, at] == 1, np.maximum(low, float(above)), low)
    return low
