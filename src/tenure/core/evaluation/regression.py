"""What numbers are worth: figures with intervals, and answers beside the truth they met."""

import numpy as np

from tenure.core.evaluation.binary import BINS, CALIBRATION_BINS
from tenure.core.evaluation.figures import Bin, Curve, Measured
from tenure.core.evaluation.sampled import (
    Figures,
    Sampled,
    difference,
    exact,
    listed,
    without_interval,
)
from tenure.core.stats.confusion import ratio
from tenure.core.stats.losses import Floats
from tenure.core.stats.resampling import Draws, Interval
from tenure.core.stats.student import student_quantile

_LEVELS = tuple(place / 100 for place in range(1, 100))
_LEAST = 2


def measured(
    draws: Draws, answers: Floats, labels: Floats, metric: str
) -> tuple[Measured, Figures]:
    """Return what `answers` [n] are worth given `labels` [n], both in the target's unit."""
    with np.errstate(over="ignore", invalid="ignore"):  # squares of very large numbers
        return _measured(draws, answers, labels, metric)


def _measured(
    draws: Draws, answers: Floats, labels: Floats, metric: str
) -> tuple[Measured, Figures]:
    figures = _figures(draws, answers, labels)
    center = float(np.median(labels)) if metric == "mae" and len(labels) else _mean(labels)
    constant = np.full(len(labels), center)
    other = _of_errors(draws, constant - labels)
    known = {name: _known(one.value) for name, one in _figures(draws, constant, labels).items()}
    found = Measured(
        figures=listed(figures, draws, {**known, "correlation": None}),
        skill=difference(metric, other[metric], figures[metric], draws),
        calibration=_calibrated(answers, labels, draws.confidence),
        curves={"errors": _errors(answers - labels)} if len(labels) else {},
    )
    return found, figures


def _figures(draws: Draws, answers: Floats, labels: Floats) -> Figures:
    errors = answers - labels
    found = _of_errors(draws, errors)
    found |= _of_spread(draws, answers, labels)
    found["median_absolute_error"] = _median(draws, np.abs(errors))
    found["mape"] = _relative(draws, errors, labels)
    largest = float(np.abs(errors).max()) if len(errors) else np.nan
    found["max_error"] = without_interval(largest, "one row decides a maximum")
    order = ("mae", "rmse", "mse", "r2", "explained_variance", "correlation", "bias")
    return {name: found[name] for name in (*order, "median_absolute_error", "mape", "max_error")}


def _of_errors(draws: Draws, errors: Floats) -> Figures:
    """Return the figures that are means of errors."""
    each = (np.ones(len(errors)), np.abs(errors), errors**2, errors)
    sums = np.stack([draws.by_group(one) for one in each], axis=1)
    rows, absolute, squares, plain = draws.drawn(sums).T
    values = [_mean(one) for one in each[1:]]
    return {
        "mae": exact(values[0], ratio(absolute, rows)),
        "mse": exact(values[1], ratio(squares, rows)),
        "rmse": exact(float(np.sqrt(values[1])), np.sqrt(ratio(squares, rows))),
        "bias": exact(values[2], ratio(plain, rows)),
    }


def _of_spread(draws: Draws, answers: Floats, labels: Floats) -> Figures:
    """Return the figures that compare with the spread of the truth; both are centred first."""
    y, p = labels - _mean(labels), answers - _mean(answers)
    e = answers - labels
    each = (np.ones(len(y)), y, y * y, e, e * e, p, p * p, y * p)
    sums = np.stack([draws.by_group(one) for one in each], axis=1)
    whole, drawn = _spreads(sums.sum(0)), _spreads(draws.drawn(sums))
    return {name: exact(float(whole[name]), drawn[name]) for name in whole}


def _spreads(sums: Floats) -> dict[str, Floats]:
    rows, y, yy, e, ee, p, pp, yp = (sums[..., place] for place in range(8))
    total = yy - ratio(y * y, rows)
    with np.errstate(invalid="ignore"):
        below = np.sqrt(np.maximum(0.0, total * (pp - ratio(p * p, rows))))
    return {
        "r2": 1.0 - ratio(ee, total),
        "explained_variance": 1.0 - ratio(ee - ratio(e * e, rows), total),
        "correlation": ratio(yp - ratio(y * p, rows), below),
    }


def _median(draws: Draws, absolute: Floats) -> Sampled:
    """Return the median; draws find it in bins of about equal numbers of rows."""
    if not len(absolute):
        return Sampled(np.nan, np.empty(0))
    ordered = np.sort(absolute)
    edges = np.unique(ordered[np.linspace(0, len(ordered) - 1, BINS + 1).astype(np.int64)])
    codes = np.clip(np.searchsorted(edges, absolute, side="right") - 1, 0, len(edges) - 1)
    counts = draws.counts(codes, len(edges))
    center = float(_middles(counts.sum(0)[None], edges)[0])
    return Sampled(float(np.median(absolute)), _middles(draws.drawn(counts), edges), center)


def _middles(counts: Floats, edges: Floats) -> Floats:
    """Return the median for each line of counts, straight within its bin."""
    below = np.cumsum(counts, axis=-1)
    half = below[:, -1:] / 2.0
    place = (below < half).sum(axis=-1)
    lines = np.arange(len(counts))
    inside = (half[:, 0] - (below[lines, place] - counts[lines, place])) / counts[lines, place]
    upper = edges[np.minimum(place + 1, len(edges) - 1)]
    return np.asarray(edges[place] + inside * (upper - edges[place]), dtype=np.float64)


def _relative(draws: Draws, errors: Floats, labels: Floats) -> Sampled:
    if not len(labels) or (labels == 0.0).any():
        reason = "the target is 0 in some rows" if len(labels) else "no rows"
        return Sampled(np.nan, np.empty(0), reason=reason)
    each = np.abs(errors / labels)
    sums = np.stack([draws.by_group(each), draws.by_group(np.ones(len(each)))], axis=1)
    drawn = draws.drawn(sums)
    return exact(float(each.mean()), ratio(drawn[:, 0], drawn[:, 1]))


def _calibrated(answers: Floats, labels: Floats, confidence: float) -> tuple[Bin, ...]:
    """Return the mean truth by the size of the answer, with Student's interval."""
    order = np.argsort(answers, kind="stable")
    parts = np.array_split(order, min(CALIBRATION_BINS, max(1, len(order) // _LEAST)))
    return tuple(
        Bin(len(part), _mean(answers[part]), mean_of(labels[part], confidence))
        for part in parts
        if len(part)
    )


def mean_of(values: Floats, confidence: float) -> Interval:
    """Return the mean of independent rows with Student's interval."""
    many = len(values)
    if many < _LEAST:
        return Interval(_known(_mean(values)), reason="too few rows for an interval")
    away = -student_quantile((1.0 - confidence) / 2.0, many - 1)
    reach = away * float(values.std(ddof=1)) / float(np.sqrt(many))
    middle = float(values.mean())
    return Interval(middle, middle - reach, middle + reach)


def _errors(errors: Floats) -> Curve:
    """Return the quantiles of the errors."""
    found = np.quantile(errors, _LEVELS)
    return Curve({"share": _LEVELS, "error": tuple(float(one) for one in found)})


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
