"""What probabilities of one of two classes are worth: figures, calibration, curves, thresholds.

Point values are exact. Draws of ranking figures are computed from the counts of `BINS` bins of about
equal numbers of rows, in falling order of score, and moved to the exact value (`sampled.py`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenure.core.evaluation.figures import Bin, Curve, Measured
from tenure.core.evaluation.sampled import Figures, Sampled, difference, exact, listed
from tenure.core.evaluation.thresholds import Outcomes, chosen, threshold_curve
from tenure.core.models import Task
from tenure.core.stats import confusion, losses, ranking
from tenure.core.stats.losses import CLIP, Floats
from tenure.core.stats.ranking import Places, Ranking
from tenure.core.stats.resampling import Draws, wilson

BINS = 1000
CALIBRATION_BINS = 20
_POINTS = 200

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """How probabilities are judged: the threshold in force, the headline, values of decisions."""

    threshold: float = 0.5
    metric: str = "log_loss"
    outcomes: Outcomes | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Positives and negatives by group and bin, [groups, bins]; the lowest score of each bin."""

    positives: Floats
    negatives: Floats
    lowest: Floats


def measured(
    draws: Draws, scores: Floats, labels: Floats, rules: Rules
) -> tuple[Measured, Figures]:
    """Return what `scores` [n], probabilities of class 1, are worth given `labels` [n] of 0 and 1."""
    order = ranking.ranked(scores, labels == 1.0)
    counts = _counted(draws, order, labels)
    figures = _ordered(draws, order, counts)
    figures |= _mean_losses(draws, scores, labels)
    figures |= _decided(draws, scores, labels, rules.threshold)
    bins, calibration = _calibrated(draws, order, scores, labels)
    figures |= calibration
    known = _baselines(float(labels.sum()), len(labels), rules.threshold)
    constant = np.full(len(labels), known["answer"])
    other = _mean_loss(draws, rules.metric, constant, labels)
    table = _table(labels == 1.0, scores >= rules.threshold)
    flagged = np.array([table[0][1], table[1][1]], dtype=np.float64)
    found = Measured(
        figures=listed(figures, draws, known),
        skill=difference(rules.metric, other, figures[rules.metric], draws),
        calibration=bins,
        curves={
            **_curves(order),
            "thresholds": threshold_curve(order, rules.outcomes),
        },
        confusion=table,
        choice=chosen(draws, counts, rules.outcomes, flagged) if rules.outcomes else None,
    )
    return found, figures


def _counted(draws: Draws, order: Ranking, labels: Floats) -> _Counts:
    bins = order.bins(BINS)
    width = int(bins.max(initial=-1)) + 1
    codes = bins[order.place]
    positives = draws.counts(codes, width, labels)
    every = draws.counts(codes, width)
    last = np.flatnonzero(np.diff(bins, append=width))
    return _Counts(positives, every - positives, order.scores[last])


def _ordered(draws: Draws, order: Ranking, counts: _Counts) -> Figures:
    drawn = draws.drawn(counts.positives), draws.drawn(counts.negatives)
    whole = counts.positives.sum(0), counts.negatives.sum(0)
    found = {
        name: Sampled(
            float(way(order.positives, order.negatives)), way(*drawn), float(way(*whole)), grows
        )
        for name, way, grows in (
            ("auc", ranking.auc, False),
            ("average_precision", ranking.average_precision, False),
            ("ks", ranking.ks, True),
        )
    }
    return {name: found[name] for name in ("auc", "average_precision", "ks")}


def _mean_losses(draws: Draws, scores: Floats, labels: Floats) -> Figures:
    return {name: _mean_loss(draws, name, scores, labels) for name in ("log_loss", "brier")}


def _mean_loss(draws: Draws, metric: str, scores: Floats, labels: Floats) -> Sampled:
    """Return a metric that is a mean over rows (`accuracy` is one minus its loss)."""
    each = losses.rows(metric, Task.BINARY, scores[:, None], labels)
    value = float(each.mean()) if len(each) else np.nan
    sums = np.stack([draws.by_group(each), draws.by_group(np.ones(len(each)))], axis=1)
    drawn = draws.drawn(sums)
    replicates = confusion.ratio(drawn[:, 0], drawn[:, 1])
    if metric == "accuracy":
        return exact(1.0 - value, 1.0 - replicates)
    return exact(value, replicates)


def _decided(draws: Draws, scores: Floats, labels: Floats, threshold: float) -> Figures:
    codes = (labels == 1.0) * 2 + (scores >= threshold)
    counts = draws.counts(codes.astype(np.int64), 4)
    values = _classes(counts.sum(0))
    drawn = _classes(draws.drawn(counts))
    return {name: exact(float(values[name]), drawn[name]) for name in values}


def _classes(counts: Floats) -> dict[str, Floats]:
    """Return figures from counts [..., 4] of (negative, positive) by (passed, flagged)."""
    tn, fp, fn, tp = (counts[..., place] for place in range(4))
    return confusion.two_classes(tp, fp, fn, tn)


def _calibrated(
    draws: Draws, order: Ranking, scores: Floats, labels: Floats
) -> tuple[tuple[Bin, ...], Figures]:
    codes: Places = order.bins(CALIBRATION_BINS)[order.place]
    width = int(codes.max(initial=-1)) + 1
    sums = np.stack(
        [draws.counts(codes, width, values) for values in (None, scores, labels)], axis=-1
    )
    whole, drawn = sums.sum(0), draws.drawn(sums)
    error, bias = _gaps(whole), _gaps(drawn)
    bins = tuple(
        Bin(int(rows), float(said / rows), wilson(came, rows, draws.confidence))
        for rows, said, came in whole[::-1]
    )
    figures = {
        "calibration_error": Sampled(float(error[0]), bias[0], grows=True),
        "bias": exact(float(error[1]), bias[1]),
    }
    return bins, figures


def _gaps(sums: Floats) -> tuple[Floats, Floats]:
    """Return the expected calibration error and the bias, from sums [..., bins, 3]."""
    rows = sums[..., 0].sum(-1)
    away = sums[..., 1] - sums[..., 2]
    return confusion.ratio(np.abs(away).sum(-1), rows), confusion.ratio(away.sum(-1), rows)


def _baselines(positives: float, rows: int, threshold: float) -> dict[str, float | None]:
    """Return the figures of the constant that fits these very rows best: their base rate."""
    share = positives / rows if rows else 0.5
    safe = min(1.0 - CLIP, max(CLIP, share))
    flagged = share >= threshold
    counts = np.array([0.0, rows - positives, 0.0, positives])
    if not flagged:
        counts = np.array([rows - positives, 0.0, positives, 0.0])
    decided = {name: _known(value) for name, value in _classes(counts).items()}
    return {
        **decided,
        "answer": share,
        "auc": 0.5,
        "average_precision": share,
        "ks": 0.0,
        "log_loss": float(-share * np.log(safe) - (1.0 - share) * np.log1p(-safe)),
        "brier": share * (1.0 - share),
        "calibration_error": 0.0,
        "bias": 0.0,
    }


def _known(value: Floats) -> float | None:
    return float(value) if np.isfinite(value) else None


def _curves(order: Ranking) -> dict[str, Curve]:
    """Return the ROC and the precision-recall curve, at evenly spread places."""
    kept = _places(order)
    hits, alarms = np.cumsum(order.positives)[kept], np.cumsum(order.negatives)[kept]
    recall = confusion.ratio(hits, order.positives.sum())
    passed = confusion.ratio(alarms, order.negatives.sum())
    precision = confusion.ratio(hits, hits + alarms)
    roc = {"false_positive_rate": (0.0, *_told(passed)), "recall": (0.0, *_told(recall))}
    return {
        "roc": Curve(roc),
        "precision_recall": Curve({"recall": _told(recall), "precision": _told(precision)}),
    }


def _places(order: Ranking) -> Places:
    every = np.cumsum(order.positives + order.negatives)
    wanted = np.linspace(0.0, float(every[-1]) if len(every) else 0.0, _POINTS)
    found = np.searchsorted(every, wanted)
    return np.unique(np.clip(found, 0, max(0, len(every) - 1)))


def _told(values: Floats) -> tuple[float | None, ...]:
    return tuple(float(value) if np.isfinite(value) else None for value in values)


def _table(truth: Truths, said: Truths) -> tuple[tuple[int, ...], ...]:
    counts = np.bincount(truth.astype(np.int64) * 2 + said, minlength=4).reshape(2, 2)
    return tuple(tuple(int(one) for one in row) for row in counts)
