"""Thresholds: what flagging more or fewer rows costs, and which threshold is worth most.

The best threshold of some rows looks better on them than it is. It is chosen on one half of the
groups and its value is told on the other.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tenure.core.evaluation.figures import Choice, Curve
from tenure.core.stats.confusion import ratio
from tenure.core.stats.losses import Floats
from tenure.core.stats.ranking import Ranking
from tenure.core.stats.resampling import Draws

_POINTS = 101


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What one row is worth by what was said and what was true; costs are negative.

    `tp`: flagged and rightly so; `fp`: flagged in vain; `fn`: missed; `tn`: passed rightly.
    """

    tp: float = 0.0
    fp: float = 0.0
    fn: float = 0.0
    tn: float = 0.0

    def worth(self, flagged: Floats, rows: Floats) -> Floats:
        """Return the sum of values, from counts of flagged and of all (negatives, positives), [..., 2]."""
        alarms, hits = flagged[..., 0], flagged[..., 1]
        return np.asarray(
            hits * self.tp
            + alarms * self.fp
            + (rows[..., 1] - hits) * self.fn
            + (rows[..., 0] - alarms) * self.tn,
            dtype=np.float64,
        )


class Counted(Protocol):
    """Positives and negatives by group and bin [groups, bins]; the lowest score of each bin."""

    @property
    def positives(self) -> Floats: ...  # noqa: D102
    @property
    def negatives(self) -> Floats: ...  # noqa: D102
    @property
    def lowest(self) -> Floats: ...  # noqa: D102


def threshold_curve(order: Ranking, outcomes: Outcomes | None) -> Curve:
    """Return figures at thresholds that flag evenly rising shares of the rows."""
    hits, every = np.cumsum(order.positives), np.cumsum(order.positives + order.negatives)
    total = float(every[-1]) if len(every) else 0.0
    places = np.searchsorted(every, np.linspace(0.0, total, _POINTS))
    kept = np.unique(np.clip(places, 0, max(0, len(every) - 1)))
    positives = float(order.positives.sum())
    figures = {
        "threshold": order.scores[kept],
        "flagged": every[kept] / max(1.0, total),
        "precision": ratio(hits[kept], every[kept]),
        "recall": ratio(hits[kept], np.full(len(kept), positives)),
        "f1": ratio(2.0 * hits[kept], every[kept] + positives),
    }
    if outcomes is not None:
        flagged = np.stack([every[kept] - hits[kept], hits[kept]], axis=-1)
        rows = np.array([total - positives, positives])
        figures["value"] = outcomes.worth(flagged, rows) / max(1.0, total)
    return Curve({name: _told(values) for name, values in figures.items()})


def chosen(draws: Draws, counts: Counted, outcomes: Outcomes, flagged_now: Floats) -> Choice | None:
    """Return the threshold of the greatest value per row; None when there are too few groups.

    `flagged_now` are the negatives and positives that the threshold in force flags.
    """
    if draws.groups < 4 or not len(counts.lowest):  # noqa: PLR2004 — two halves of two
        return None
    flagged = np.stack([counts.negatives, counts.positives], axis=-1)  # [groups, bins, 2]
    rows = flagged.sum(1)
    choosing = np.arange(draws.groups) % 2 == 0
    worth = outcomes.worth(np.cumsum(flagged[choosing].sum(0), axis=0), rows[choosing].sum(0))
    best = int(worth.argmax())
    at_best = flagged[:, : best + 1].sum(1)
    judged = np.where(choosing[:, None], 0.0, 1.0)
    replicates, value = _per_row(draws, outcomes, at_best * judged, rows * judged)
    total = rows.sum(0)
    return Choice(
        threshold=float(counts.lowest[best]),
        flagged=float(at_best.sum() / total.sum()),
        value=draws.interval(value, replicates),
        in_force=float(outcomes.worth(flagged_now, total) / total.sum()),
        nobody=float(outcomes.worth(np.zeros(2), total) / total.sum()),
        everybody=float(outcomes.worth(total, total) / total.sum()),
    )


def _per_row(
    draws: Draws, outcomes: Outcomes, flagged: Floats, rows: Floats
) -> tuple[Floats, float]:
    drawn = draws.drawn(np.stack([flagged, rows], axis=1))
    replicates = ratio(outcomes.worth(drawn[:, 0], drawn[:, 1]), drawn[:, 1].sum(-1))
    whole = ratio(outcomes.worth(flagged.sum(0), rows.sum(0)), rows.sum())
    return replicates, float(whole)


def _told(values: Floats) -> tuple[float | None, ...]:
    return tuple(float(value) if np.isfinite(value) else None for value in values)
