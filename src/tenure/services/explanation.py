"""Explain a model by asking it: sampled contributions, and effects of single inputs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import polars as pl

from tenure.core.evaluation.explanation import (
    EXACT,
    SAMPLED,
    Explanation,
    Step,
    accumulated,
    importances,
)
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.stats import resampling
from tenure.core.stats.losses import Floats
from tenure.core.stats.resampling import CONFIDENCE, Interval
from tenure.ports.training import Answered

SAMPLED_ROWS, PERMUTATIONS = 100, 30
EFFECT_ROWS, EFFECTS, BINS, LEVELS = 500, 12, 12, 12
Ask = Callable[[pl.DataFrame], Floats]
Contribute = Callable[[pl.DataFrame], Answered]


def explanation(
    ask: Ask, contribute: Contribute, features: pl.DataFrame, signature: Signature, seed: int
) -> Explanation:
    """Return what each input adds to the answers for `features` [n], and how they follow it."""
    answered = contribute(features)
    if answered.contributions:
        found = _exact(answered, signature.task, seed)
    else:
        found = _sampled(ask, features, signature, seed)
    if signature.task is Task.MULTICLASS:  # an effect is of one answer
        return found
    some = _spread(features, EFFECT_ROWS)
    shown = [replace(one, effect=_effect(ask, some, one.name)) for one in found.inputs[:EFFECTS]]
    return replace(found, inputs=(*shown, *found.inputs[EFFECTS:]))


def _exact(answered: Answered, task: Task, seed: int) -> Explanation:
    values = np.array(answered.contributions, dtype=np.float64)[:, :, :-1]
    draws = resampling.drawn(len(values), seed)
    scale = "answer" if task is Task.REGRESSION else "log odds"
    inputs = importances(answered.inputs, values, draws)
    return Explanation(EXACT, scale, len(values), tuple(inputs))


def _sampled(ask: Ask, features: pl.DataFrame, signature: Signature, seed: int) -> Explanation:
    rows = _spread(features, SAMPLED_ROWS)
    names = [column.name for column in signature.features if column.name in features.columns]
    values, errors = contributions(ask, rows, features, names, seed)
    inputs = importances(names, values, resampling.drawn(rows.height, seed), errors)
    scale = "answer" if signature.task is Task.REGRESSION else "probability"
    return Explanation(SAMPLED, scale, rows.height, tuple(inputs), PERMUTATIONS)


def contributions(
    ask: Ask,
    rows: pl.DataFrame,
    background: pl.DataFrame,
    names: Sequence[str],
    seed: int,
    permutations: int = PERMUTATIONS,
) -> tuple[Floats, Floats]:
    """Return sampled contributions [rows, outputs, inputs], and their mean standard error by input.

    In each of the permutations a row of the background turns into the row, one input after another in
    a random order: what the answer moves by is that input's. They add up to the answer minus the
    background's, exactly.
    """
    draw = np.random.default_rng(seed)
    many, wide = rows.height, len(names)
    pairs = np.repeat(np.arange(many), permutations)
    place = draw.permuted(np.tile(np.arange(wide), (len(pairs), 1)), axis=1)
    other = draw.integers(0, background.height, len(pairs))
    both = pl.concat([rows.select(names), background.select(names)])
    taken = place[:, None, :] < np.arange(wide + 1)[None, :, None]  # [pairs, steps, inputs]
    columns = []
    for at, name in enumerate(names):
        source = np.where(taken[:, :, at], pairs[:, None], many + other[:, None])
        columns.append(both[name].gather(source.ravel()))
    answers = ask(pl.DataFrame(columns)).reshape(len(pairs), wide + 1, -1)
    moved = np.take_along_axis(np.diff(answers, axis=1), place[:, :, None], axis=1)
    each = moved.reshape(many, permutations, wide, -1)
    values: Floats = each.mean(axis=1).transpose(0, 2, 1)
    spread = each.std(axis=1, ddof=1).sum(axis=-1) / np.sqrt(permutations)
    return values, spread.mean(axis=0)


def _effect(ask: Ask, features: pl.DataFrame, name: str) -> tuple[Step, ...]:
    values = features[name]
    if values.dtype.is_numeric() and values.n_unique() > 2:  # noqa: PLR2004 — more than a flag
        return _of_number(ask, features, name)
    return _of_levels(ask, features, name)


def _of_number(ask: Ask, features: pl.DataFrame, name: str) -> tuple[Step, ...]:
    kept = features.filter(pl.col(name).is_not_null())
    numbers = kept[name].to_numpy().astype(np.float64)
    if len(numbers) < BINS:
        return ()
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1), method="nearest"))
    place = np.clip(np.searchsorted(edges, numbers, side="left") - 1, 0, len(edges) - 2)
    kind = kept[name].dtype
    sides = [kept.with_columns(pl.Series(name, edges[place + step]).cast(kind)) for step in (0, 1)]
    low, high = np.split(ask(pl.concat(sides))[:, 0], 2)
    differences = [(high - low)[place == one] for one in range(len(edges) - 1)]
    return accumulated(edges, differences, _z())


def _of_levels(ask: Ask, features: pl.DataFrame, name: str) -> tuple[Step, ...]:
    """Return the mean answer with each level put into every row, against the mean of all rows."""
    counts = features[name].drop_nulls().value_counts(sort=True, name="rows").head(LEVELS)
    levels = counts[name]
    tables = [
        features.with_columns(pl.lit(level, dtype=levels.dtype).alias(name)) for level in levels
    ]
    if not tables:
        return ()
    answers = np.split(ask(pl.concat([features, *tables]))[:, 0], len(tables) + 1)
    found = []
    for place, (level, after) in enumerate(zip(levels, answers[1:], strict=True)):
        away = after - answers[0]
        reach = _z() * float(away.std(ddof=1)) / np.sqrt(len(away)) if len(away) > 1 else 0.0
        middle = float(away.mean())
        found.append(
            Step(float(place), str(level), Interval(middle, middle - reach, middle + reach))
        )
    return tuple(found)


def _spread(features: pl.DataFrame, most: int) -> pl.DataFrame:
    places = np.unique(np.linspace(0, features.height - 1, most).astype(np.int64))
    return features[places]


def _z() -> float:
    return NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)
