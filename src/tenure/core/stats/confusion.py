"""Figures of right and wrong classes, from sums: arrays in, arrays out, NaN for what is not defined."""

import numpy as np

from tenure.core.stats.losses import Floats


def ratio(above: Floats, below: Floats) -> Floats:
    """Return above / below, NaN where below is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.asarray(above, np.float64) / np.asarray(below, np.float64)
    return np.where(np.asarray(below) == 0.0, np.nan, found)


def two_classes(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> dict[str, Floats]:
    """Return the figures of a decision between two classes; all arrays have one shape."""
    recall, specificity = ratio(tp, tp + fn), ratio(tn, tn + fp)
    below = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return {
        "accuracy": ratio(tp + tn, tp + fp + fn + tn),
        "balanced_accuracy": (recall + specificity) / 2.0,
        "precision": ratio(tp, tp + fp),
        "recall": recall,
        "specificity": specificity,
        "f1": ratio(2.0 * tp, 2.0 * tp + fp + fn),
        "mcc": ratio(tp * tn - fp * fn, below),
    }


def many_classes(right: Floats, said: Floats, true: Floats) -> dict[str, Floats]:
    """Return the figures of a decision between classes, [..., classes] each.

    `right` are rows of a class that were said to be of it, `said` all rows that were, `true` all
    rows of the class. A class that never occurs and is never said does not count; one that is never
    said has no precision, and counts as 0 in the mean, as scikit-learn has it. MCC: Gorodkin 2004.
    """
    rows = true.sum(-1)
    counts = (true + said) > 0
    recall = np.where(true > 0, right / np.where(true > 0, true, 1.0), 0.0)
    precision = np.where(said > 0, right / np.where(said > 0, said, 1.0), 0.0)
    f1 = np.where(counts, 2.0 * right / np.where(counts, true + said, 1.0), 0.0)
    known = counts.sum(-1)
    chance = (said * true).sum(-1)
    spread = np.sqrt((rows**2 - (said**2).sum(-1)) * (rows**2 - (true**2).sum(-1)))
    return {
        "accuracy": ratio(right.sum(-1), rows),
        "balanced_accuracy": ratio(recall.sum(-1), (true > 0).sum(-1)),
        "macro_precision": ratio(precision.sum(-1), known),
        "macro_recall": ratio(recall.sum(-1), known),
        "macro_f1": ratio(f1.sum(-1), known),
        "weighted_f1": ratio((f1 * true).sum(-1), rows),
        "mcc": ratio(right.sum(-1) * rows - chance, spread),
    }
