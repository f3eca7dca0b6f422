"""What probabilities of several classes are worth: figures, calibration of the top answer, confusion."""

import numpy as np
from numpy.typing import NDArray

from tenure.core.evaluation.binary import BINS, CALIBRATION_BINS
from tenure.core.evaluation.figures import Bin, Measured
from tenure.core.evaluation.sampled import Figures, Sampled, difference, exact, listed
from tenure.core.models import Task
from tenure.core.stats import confusion, losses, ranking
from tenure.core.stats.losses import CLIP, Floats
from tenure.core.stats.ranking import Places
from tenure.core.stats.resampling import Draws, wilson

RANKED_CLASSES = 10
"""Of more classes the AUC is not computed: each costs a sort of all rows."""
SHOWN_CLASSES = 20


def measured(
    draws: Draws, outputs: Floats, labels: Floats, metric: str
) -> tuple[Measured, Figures]:
    """Return what `outputs` [n, classes] are worth given `labels` [n], class indices."""
    classes = outputs.shape[1]
    true = labels.astype(np.int64)
    said = outputs.argmax(axis=1).astype(np.int64)
    figures: Figures = {}
    if classes <= RANKED_CLASSES:
        figures["macro_auc"] = _macro_auc(draws, outputs, true)
    for name in ("log_loss", "brier"):
        figures[name] = _mean(draws, losses.rows(name, Task.MULTICLASS, outputs, labels))
    figures |= _decided(draws, said, true, classes)
    if classes > 2:  # noqa: PLR2004 — with two classes every answer is among the top two
        figures["top_2_accuracy"] = _mean(draws, _in_top_two(outputs, true))
    bins, figures["calibration_error"] = _calibrated(draws, outputs, said == true)
    counts = np.bincount(true, minlength=classes).astype(np.float64)
    known = _baselines(counts)
    shares = np.clip(counts / max(1.0, counts.sum()), CLIP, 1.0)
    constant = np.broadcast_to(shares, outputs.shape)
    other = _mean(draws, losses.rows(metric, Task.MULTICLASS, constant, labels))
    if metric == "accuracy":
        other = exact(1.0 - other.value, 1.0 - other.replicates)
    found = Measured(
        figures=listed(figures, draws, known),
        skill=difference(metric, other, figures[metric], draws),
        calibration=bins,
        confusion=_table(true, said, classes) if classes <= SHOWN_CLASSES else (),
    )
    return found, figures


def _mean(draws: Draws, each: Floats) -> Sampled:
    sums = np.stack([draws.by_group(each), draws.by_group(np.ones(len(each)))], axis=1)
    drawn = draws.drawn(sums)
    value = float(each.mean()) if len(each) else np.nan
    return exact(value, confusion.ratio(drawn[:, 0], drawn[:, 1]))


def _macro_auc(draws: Draws, outputs: Floats, true: Places) -> Sampled:
    """Return the mean over classes of the AUC of one class against the rest."""
    parts = []
    for place in range(outputs.shape[1]):
        order = ranking.ranked(outputs[:, place], true == place)
        bins = order.bins(BINS)
        codes, width = bins[order.place], int(bins.max(initial=-1)) + 1
        every = draws.counts(codes, width)
        hits = draws.counts(codes, width, (true == place).astype(np.float64))
        rest = every - hits
        parts.append(
            (
                float(ranking.auc(order.positives, order.negatives)),
                ranking.auc(draws.drawn(hits), draws.drawn(rest)),
                float(ranking.auc(hits.sum(0), rest.sum(0))),
            )
        )
    values, replicates, centers = zip(*parts, strict=True)
    return Sampled(
        float(np.mean(values)), np.mean(np.stack(replicates), axis=0), float(np.mean(centers))
    )


def _decided(draws: Draws, said: Places, true: Places, classes: int) -> Figures:
    right: Places = np.where(said == true, true, -1)
    by_group = [draws.counts(codes, classes) for codes in (right, said, true)]
    whole = confusion.many_classes(*(one.sum(0) for one in by_group))
    drawn = confusion.many_classes(*(draws.drawn(one) for one in by_group))
    return {name: exact(float(whole[name]), drawn[name]) for name in whole}


def _in_top_two(outputs: Floats, true: Places) -> Floats:
    """Return 1 where fewer than two classes are more probable than the true one."""
    own = outputs[np.arange(len(true)), true]
    above = (outputs > own[:, None]).sum(axis=1)
    return np.asarray(above < 2, dtype=np.float64)  # noqa: PLR2004


def _calibrated(
    draws: Draws, outputs: Floats, right: NDArray[np.bool_]
) -> tuple[tuple[Bin, ...], Sampled]:
    """Return how often the most probable class was right, by how probable it was said to be."""
    top = outputs.max(axis=1) if len(outputs) else np.empty(0)
    order = ranking.ranked(top, right)
    codes = order.bins(CALIBRATION_BINS)[order.place]
    width = int(codes.max(initial=-1)) + 1
    columns = (None, top, right.astype(np.float64))
    sums = np.stack([draws.counts(codes, width, values) for values in columns], axis=-1)
    error, drawn = (
        confusion.ratio(np.abs(s[..., 1] - s[..., 2]).sum(-1), s[..., 0].sum(-1))
        for s in (sums.sum(0), draws.drawn(sums))
    )
    bins = tuple(
        Bin(int(rows), float(answered / rows), wilson(came, rows, draws.confidence))
        for rows, answered, came in sums.sum(0)[::-1]
    )
    return bins, Sampled(float(error), drawn, grows=True)


def _baselines(counts: Floats) -> dict[str, float | None]:
    """Return the figures of the constant that fits these rows best: the classes' shares."""
    rows = counts.sum()
    shares = counts / max(1.0, rows)
    top = int(counts.argmax()) if len(counts) else 0
    said = np.zeros(len(counts))
    said[top] = rows
    right = np.zeros(len(counts))
    right[top] = counts[top]
    decided = confusion.many_classes(right, said, counts)
    known = {name: float(v) if np.isfinite(v) else None for name, v in decided.items()}
    safe = np.where(shares > 0, shares, 1.0)
    return {
        **known,
        "macro_auc": 0.5,
        "log_loss": float(-(shares * np.log(safe)).sum()),
        "brier": float(1.0 - (shares**2).sum()),
        "top_2_accuracy": float(np.sort(shares)[-2:].sum()),
        "calibration_error": 0.0,
    }


def _table(true: Places, said: Places, classes: int) -> tuple[tuple[int, ...], ...]:
    flat = np.bincount(true * classes + said, minlength=classes * classes)
    return tuple(tuple(int(one) for one in row) for row in flat.reshape(classes, classes))
