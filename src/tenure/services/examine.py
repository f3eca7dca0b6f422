"""Examine a candidate as closely as clauses ask: parts, groups, calibration, changed rows.

Bounded: the newest of many rows, fewer draws than a report has, and a few hundred rows to change.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from tenure.core import examinations
from tenure.core.evaluation import groups, measuring, slices
from tenure.core.evaluation.binary import Rules
from tenure.core.examinations import CALIBRATION, FAIRNESS, ROBUSTNESS, SLICES, Facts
from tenure.core.policies import Policy
from tenure.core.signatures import Signature
from tenure.core.stats import losses, resampling
from tenure.core.stats.losses import Floats
from tenure.core.stats.ranking import Places
from tenure.core.stats.resampling import Draws
from tenure.services.coding import coder_of
from tenure.services.robustness import robustness

MOST_ROWS, CHANGED_ROWS, REPLICATES = 200_000, 500, 400
_FAR = frozenset({"calibration_error", "bias"})
Ask = Callable[[pl.DataFrame], Floats]


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows that judge a candidate, oldest first: their features, truth and its answers."""

    signature: Signature
    metric: str
    rows: pl.DataFrame
    labels: Floats
    outputs: Floats  # [rows, width]
    days: Places  # the block of each row

    def newest(self) -> "Judged":
        """Return as many of the newest rows as are examined."""
        kept = slice(max(0, len(self.labels) - MOST_ROWS), None)
        return Judged(
            self.signature,
            self.metric,
            self.rows[kept],
            self.labels[kept],
            self.outputs[kept],
            self.days[kept],
        )

    @property
    def each(self) -> Floats:
        """What each answer cost."""
        return losses.rows(self.metric, self.signature.task, self.outputs, self.labels)


def examined(policy: Policy, judged: Judged, ask: Ask, seed: int) -> dict[str, Facts]:
    """Return the facts by kind of evidence, as far as a clause of the policy asks for them.

    `ask` has the candidate answer other rows.
    """
    asked = examinations.asked(policy)
    if not asked or judged.rows.is_empty():
        return {}
    some = judged.newest()
    draws = resampling.drawn(len(some.labels), seed, days=some.days, replicates=REPLICATES)
    makers: dict[str, Callable[[], Facts]] = {
        SLICES: lambda: _slices(some, draws),
        FAIRNESS: lambda: _fairness(some, draws, examinations.attributes(policy)),
        CALIBRATION: lambda: _calibration(some, draws),
        ROBUSTNESS: lambda: _robustness(some, ask, seed),
    }
    return {kind: make() for kind, make in makers.items() if kind in asked}


def _slices(some: Judged, draws: Draws) -> Facts:
    coders = (coder_of(some.rows[column.name]) for column in some.signature.features)
    columns = [
        slices.Coded(one.column, one.names, one.codes(some.rows[one.column]))
        for one in coders
        if one is not None
    ]
    found = slices.search(columns, some.each, draws.group)
    return examinations.of_slices(found, len(some.labels))


def _fairness(some: Judged, draws: Draws, attributes: tuple[str, ...]) -> Facts:
    found, absent = [], {}
    for name in attributes:
        if name not in some.rows.columns:
            absent[name] = "the dataset has no such column"
            continue
        coder = coder_of(some.rows[name])
        if coder is None:
            absent[name] = "its values make no groups"
            continue
        coded = slices.Coded(name, coder.names, coder.codes(some.rows[name]))
        judged = (some.outputs, some.labels, some.each)
        found.append(groups.of_answers(some.signature.task, draws, coded, judged))
    return examinations.of_groups(found, absent, len(some.labels))


def _calibration(some: Judged, draws: Draws) -> Facts:
    task, rules = some.signature.task, Rules(metric=some.metric)
    found, _ = measuring.measured(task, draws, some.outputs, some.labels, rules)
    far = ((one.name, one.interval) for one in found.figures if one.name in _FAR)
    return examinations.of_calibration(far, len(some.labels))


def _robustness(some: Judged, ask: Ask, seed: int) -> Facts:
    places = np.unique(np.linspace(0, len(some.labels) - 1, CHANGED_ROWS).astype(np.int64))
    features = some.rows[places].select([column.name for column in some.signature.features])
    found = robustness(ask, features, some.labels[places], some.signature, some.metric, seed)
    return examinations.of_robustness(found, len(places))
