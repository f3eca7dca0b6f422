"""Figures of an order: AUC, average precision, KS. Exact from scores, and fast from counts in bins.

Counts stand in order of falling score, one place per different score or per bin; ties share a place and
count one half in the AUC. Every formula works on the last axis, so that one call does all replicates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenure.core.stats.losses import Floats

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Scores in falling order. `scores`, `positives`, `negatives` [k] per different score.

    `place` [n] is where each row's score stands among them.
    """

    scores: Floats
    positives: Floats
    negatives: Floats
    place: Places

    @property
    def rows(self) -> int:
        """How many rows were ranked."""
        return len(self.place)

    def bins(self, most: int) -> Places:
        """Return for each different score its bin, of at most `most` of about equal numbers of rows.

        A score is never divided between two bins; bins are numbered without gaps.
        """
        if len(self.scores) <= most:
            return np.arange(len(self.scores))
        above = np.cumsum(self.positives + self.negatives) - 1.0
        wanted = (above * (most / max(1, self.rows))).astype(np.int64)
        _, numbered = np.unique(wanted, return_inverse=True)
        return np.asarray(numbered, dtype=np.int64)


def ranked(scores: Floats, positive: NDArray[np.bool_]) -> Ranking:
    """Return the rows' scores in falling order. `scores` [n] are finite, `positive` [n] the truth."""
    order = np.argsort(
        -scores
    )  # numpy's quick sort has vector instructions, its stable one has not
    falling = scores[order]
    firsts = np.flatnonzero(np.concatenate([[True], falling[1:] != falling[:-1]]))
    firsts = firsts[: len(falling)]
    place_in_order = np.zeros(len(falling), dtype=np.int64)
    place_in_order[firsts[1:]] = 1
    place_in_order = np.cumsum(place_in_order)
    place = np.empty(len(falling), dtype=np.int64)
    place[order] = place_in_order
    every = np.bincount(place_in_order, minlength=len(firsts)).astype(np.float64)
    weights = positive[order].astype(np.float64)
    hits = np.bincount(place_in_order, weights=weights, minlength=len(firsts)).astype(np.float64)
    return Ranking(falling[firsts], hits, every - hits, place)


def auc(positives: Floats, negatives: Floats) -> Floats:
    """Return the area under the ROC curve: P(score of a positive > of a negative) + half the ties.

    NaN where one class is missing.
    """
    total, others = positives.sum(-1), negatives.sum(-1)
    better = np.cumsum(positives, axis=-1) - positives / 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((negatives * better).sum(-1) / (total * others), dtype=np.float64)


def average_precision(positives: Floats, negatives: Floats) -> Floats:
    """Return Σ (R_k - R_{k-1}) P_k over falling thresholds, without interpolation.

    NaN without a positive.
    """
    hits = np.cumsum(positives, axis=-1)
    flagged = hits + np.cumsum(negatives, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(flagged > 0, hits / np.where(flagged > 0, flagged, 1.0), 0.0)
        found = (positives * precision).sum(-1) / positives.sum(-1)
    return np.asarray(found, dtype=np.float64)


def ks(positives: Floats, negatives: Floats) -> Floats:
    """Return the greatest distance between the two classes' distributions of scores, max(TPR - FPR)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.cumsum(positives, axis=-1) / positives.sum(-1)[..., None]
        alarms = np.cumsum(negatives, axis=-1) / negatives.sum(-1)[..., None]
    return np.asarray(np.abs(hits - alarms).max(-1), dtype=np.float64)
