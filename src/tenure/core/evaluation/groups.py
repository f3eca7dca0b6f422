"""Fairness: figures of each group of people or things that was named, and how far they are apart.

Disparities are those of the literature: demographic parity is the difference of the shares flagged,
equal opportunity that of the recalls, equalised odds the larger of the differences of recall and of
false-positive rate (Hardt, Price & Srebro 2016); the ratio is what the four-fifths rule looks at.
"""

from dataclasses import dataclass

import numpy as np

from tenure.core.evaluation.slices import Coded
from tenure.core.models import Task
from tenure.core.stats.confusion import ratio
from tenure.core.stats.losses import Floats
from tenure.core.stats.ranking import Places
from tenure.core.stats.resampling import Draws, Interval

LEAST_ROWS = 30
"""Groups of fewer rows are shown, and not compared."""


Judged = tuple[Floats, Floats, Floats]
"""Answers [n, width], truth [n] and row losses [n]."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group: its rows and figures. `compared` says that it has enough rows."""

    name: str
    rows: int
    compared: bool
    figures: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Fairness:
    """One attribute: its groups, and the disparities between those that are compared."""

    attribute: str
    groups: tuple[Group, ...]
    disparities: dict[str, Interval]


def of_answers(
    task: Task, draws: Draws, attribute: Coded, judged: Judged, threshold: float = 0.5
) -> Fairness:
    """Return the figures that a task's answers have; those of two classes are decided first."""
    outputs, labels, each = judged
    if task is Task.BINARY:
        flagged = (outputs[:, 0] >= threshold).astype(np.float64)
        return of_decisions(draws, attribute, flagged, labels, each)
    error = outputs[:, 0] - labels if task is Task.REGRESSION else None
    return of_losses(draws, attribute, each, error)


def of_decisions(
    draws: Draws, attribute: Coded, flagged: Floats, labels: Floats, each: Floats
) -> Fairness:
    """Return the figures of a decision between two classes; `each` [n] are row losses."""
    width = len(attribute.names)
    codes = attribute.codes
    parts = (
        None,
        labels,
        flagged,
        flagged * labels,
        flagged * (1.0 - labels),
        (flagged == labels).astype(np.float64),
        each,
    )
    sums = np.stack([draws.counts(codes, width, one) for one in parts], axis=-1)
    whole, drawn = _decided(sums.sum(0)), _decided(draws.drawn(sums))
    return _fairness(draws, attribute, sums.sum(0)[:, 0], whole, drawn)


def of_losses(draws: Draws, attribute: Coded, each: Floats, error: Floats | None) -> Fairness:
    """Return the mean loss of each group and, for numbers, the mean `error` (answer - truth)."""
    width, codes = len(attribute.names), attribute.codes
    parts: list[Floats | None] = [None, each, *([] if error is None else [error])]
    sums = np.stack([draws.counts(codes, width, one) for one in parts], axis=-1)

    def figures(found: Floats) -> dict[str, Floats]:
        said = {"loss": ratio(found[..., 1], found[..., 0])}
        return said if error is None else said | {"bias": ratio(found[..., 2], found[..., 0])}

    return _fairness(
        draws, attribute, sums.sum(0)[:, 0], figures(sums.sum(0)), figures(draws.drawn(sums))
    )


def _decided(sums: Floats) -> dict[str, Floats]:
    rows, positives, flagged, hits, alarms, right, loss = (sums[..., place] for place in range(7))
    return {
        "base_rate": ratio(positives, rows),
        "flagged": ratio(flagged, rows),
        "recall": ratio(hits, positives),
        "false_positive_rate": ratio(alarms, rows - positives),
        "precision": ratio(hits, flagged),
        "accuracy": ratio(right, rows),
        "loss": ratio(loss, rows),
    }


def _fairness(
    draws: Draws,
    attribute: Coded,
    rows: Floats,
    whole: dict[str, Floats],
    drawn: dict[str, Floats],
) -> Fairness:
    compared = rows >= LEAST_ROWS
    groups = tuple(
        Group(
            name,
            int(rows[place]),
            bool(compared[place]),
            {
                figure: draws.interval(float(values[place]), drawn[figure][:, place])
                for figure, values in whole.items()
            },
        )
        for place, name in enumerate(attribute.names)
        if rows[place]
    )
    found = {}
    if compared.sum() >= 2:  # noqa: PLR2004 — one group is not compared
        chosen = np.flatnonzero(compared)
        now, then = _apart(whole, chosen), _apart(drawn, chosen)
        found = {
            name: _bounded(draws, float(value), then[name], name) for name, value in now.items()
        }
    return Fairness(attribute.column, groups, found)


def _bounded(draws: Draws, value: float, replicates: Floats, name: str) -> Interval:
    if not np.isfinite(value):
        return Interval(None, reason="not defined for every group")
    if name.endswith("_ratio"):
        return draws.interval(value, replicates)
    return draws.reflected(value, replicates, 0.0, np.inf)


def _apart(figures: dict[str, Floats], chosen: Places) -> dict[str, Floats]:
    """Return the disparities between groups along the last axis."""
    spread = {
        name: np.ptp(values[..., chosen], axis=-1)
        for name, values in figures.items()
        if name in {"flagged", "recall", "false_positive_rate", "loss", "bias"}
    }
    found = {}
    if "flagged" in figures:
        shares = figures["flagged"][..., chosen]
        found["demographic_parity_difference"] = spread["flagged"]
        found["demographic_parity_ratio"] = ratio(shares.min(-1), shares.max(-1))
        found["equal_opportunity_difference"] = spread["recall"]
        found["equalized_odds_difference"] = np.maximum(
            spread["recall"], spread["false_positive_rate"]
        )
    found["loss_difference"] = spread["loss"]
    if "bias" in spread:
        found["bias_difference"] = spread["bias"]
    return found
