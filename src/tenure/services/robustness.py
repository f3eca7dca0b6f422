"""Ask a model again about rows that were changed: shuffled, missing, noisy. Some rows, not all."""

from collections.abc import Callable

import numpy as np
import polars as pl

from tenure.core.columns import ColumnType
from tenure.core.errors import TenureError
from tenure.core.evaluation.influence import (
    MISSING,
    NOISY,
    SHUFFLED,
    Importance,
    ordered,
    rise,
)
from tenure.core.signatures import Signature
from tenure.core.stats import losses, resampling
from tenure.core.stats.losses import Floats
from tenure.core.stats.resampling import Draws, Interval

ROWS = 2000
NOISE = 0.1
"""Of a column's standard deviation."""
Ask = Callable[[pl.DataFrame], Floats]
_NUMBERS = frozenset({ColumnType.FLOAT, ColumnType.INT})


def robustness(
    ask: Ask, features: pl.DataFrame, labels: Floats, signature: Signature, metric: str, seed: int
) -> tuple[Importance, ...]:
    """Return by how much the mean loss rises when each input is shuffled or missing, or all noisy.

    `features` [n] are the rows to ask about and `labels` [n] their truth. A model that refuses a
    missing value says so: the interval's reason is its error.
    """
    draw = np.random.default_rng(seed)
    draws = resampling.drawn(features.height, seed)
    names = [column.name for column in signature.features if column.name in features.columns]

    def loss(table: pl.DataFrame, times: int) -> list[Floats]:
        outputs, every = ask(table), np.tile(labels, times)
        each = losses.rows(metric, signature.task, outputs, every)
        return np.split(each, times)

    before = loss(features, 1)[0]
    shuffled = [features.with_columns(features[n][draw.permutation(len(labels))]) for n in names]
    noisy = [_noisy(features, signature, draw)]
    after = loss(pl.concat([*shuffled, *noisy]), len(names) + 1)
    missing = _missing(loss, features, names)
    found = [
        Importance(
            name,
            {
                SHUFFLED: rise(draws, before, after[place]),
                MISSING: _or_reason(draws, before, missing[place]),
            },
        )
        for place, name in enumerate(names)
    ]
    everything = Importance("", {NOISY: rise(draws, before, after[-1])})
    return (*ordered(found), everything)


def _noisy(features: pl.DataFrame, signature: Signature, draw: np.random.Generator) -> pl.DataFrame:
    """Return the rows with noise on every number at once."""
    changed = []
    for column in signature.features:
        if column.name in features.columns and column.type in _NUMBERS:
            values = features[column.name].cast(pl.Float64)
            spread = float(values.std() or 0.0)  # type: ignore[arg-type]  # of numbers it is one
            moved = values + draw.normal(0.0, NOISE * spread, features.height)
            whole = column.type is ColumnType.INT
            changed.append((moved.round() if whole else moved).cast(features[column.name].dtype))
    return features.with_columns(changed)


def _missing(
    loss: Callable[[pl.DataFrame, int], list[Floats]], features: pl.DataFrame, names: list[str]
) -> list[Floats | str]:
    """Return the losses with each input missing; where the model refuses, its reason."""

    def emptied(name: str) -> pl.DataFrame:
        return features.with_columns(pl.lit(None, dtype=features[name].dtype).alias(name))

    try:
        return [*loss(pl.concat([emptied(name) for name in names]), len(names))]
    except TenureError:
        found: list[Floats | str] = []
    for name in names:
        try:
            found.append(loss(emptied(name), 1)[0])
        except TenureError as error:
            found.append(f"the model refuses it: {error.message}"[:200])
    return found


def _or_reason(draws: Draws, before: Floats, after: Floats | str) -> Interval:
    if isinstance(after, str):
        return Interval(None, reason=after)
    return rise(draws, before, after)
