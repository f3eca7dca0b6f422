"""The accuracy monitor: a fold over finished business days that opens and closes findings.

Each day's mean loss is held against the champion's loss on its holdout, with a betting
e-detector that raises at most the stated number of false alarms a year (`stats/sequential.py`).
It never looks at rows, and never says why a model got worse.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tenure.core.calendar import DAY
from tenure.core.metrics import METRICS
from tenure.core.outcomes import Detector, Window
from tenure.core.spec.values import MonitorPart
from tenure.core.stats import sequential
from tenure.core.stats.discoveries import stands_out
from tenure.core.stats.student import student_quantile
from tenure.core.versions import Version
from tenure.core.words import count, number

DAYS_KEPT = 7
FIRST_DAYS = 14
"""Judged days that a version made elsewhere is held against, for want of a holdout."""
_SHARE = 0.05  # of the baseline: the smallest harm that is material unless the spec says
_DEVIATIONS_BELOW = 2.0  # daily means hardly ever fall lower, see `sequential.scaled`
_SHARE_BELOW = 0.25  # of the baseline, at least: a deviation of a few days is easily too small
_CAP_OF_NUMBERS = 4.0  # times the baseline, where the loss has the target's unit
_NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a version's daily mean loss is held against. Losses have the metric's row loss's unit.

    `baseline` is the mean loss on the holdout, `sd` the deviation of its daily means, `tolerance`
    the harm that does not matter. A day counts between `low` and `cap`, outside it is clipped.
    """

    metric: str
    baseline: float
    sd: float
    tolerance: float
    cap: float
    false_alarms_per_year: float

    @property
    def low(self) -> float:
        """The least that a day counts for: zero when nothing is known of how days waver."""
        below = max(_DEVIATIONS_BELOW * self.sd, _SHARE_BELOW * self.baseline)
        return max(0.0, self.baseline - below) if self.sd else 0.0

    @property
    def limit(self) -> float:
        """The mean loss above which harm is material."""
        return self.baseline + self.tolerance


@dataclass(frozen=True, slots=True)
class Opened:
    """The monitor says: it has become worse. Bounds are a 95 % interval of `observed`."""

    observed: float
    expected: float
    low: float
    high: float
    rows: int
    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The monitor says: it is as it was."""

    why: str


Signal = Opened | Closed


def yardstick(version: Version, metric: str, monitor: MonitorPart) -> Yardstick | None:
    """Return what the version is held against; None when it has no loss on a holdout.

    The tolerance is the spec's, else 5 % of the baseline, and in either case at least what a
    week's mean wavers by: the deviation of daily means over the root of seven.
    """
    baseline, sd = version.holdout_loss, version.holdout_loss_sd or 0.0
    if baseline is None or not math.isfinite(baseline) or not math.isfinite(sd):
        return None
    return _stick(baseline, sd, metric, monitor)


def first_days(windows: Sequence[Window], metric: str, monitor: MonitorPart) -> Yardstick | None:
    """Return what a version made elsewhere is held against: its own first `FIRST_DAYS` judged days.

    `windows` are its own, in order; None while there are fewer. Whatever was wrong then is taken
    for how it should be.
    """
    judged = [window for window in windows if window.labelled][:FIRST_DAYS]
    if len(judged) < FIRST_DAYS:
        return None
    means = [window.loss_sum / window.labelled for window in judged]
    baseline = sum(w.loss_sum for w in judged) / sum(w.labelled for w in judged)
    centre = sum(means) / len(means)
    sd = math.sqrt(sum((mean - centre) ** 2 for mean in means) / (len(means) - 1))
    return _stick(baseline, sd, metric, monitor)


def _stick(baseline: float, sd: float, metric: str, monitor: MonitorPart) -> Yardstick:
    wavering = sd / math.sqrt(DAYS_KEPT)
    tolerance = max(material(baseline, metric, monitor.tolerance), wavering)
    cap = max(reach(baseline, metric), 2.0 * (baseline + tolerance))
    return Yardstick(metric, baseline, sd, tolerance, cap, monitor.false_alarms_per_year)


def begin(version: Version, lane: str, stick: Yardstick) -> Detector:
    """Return a detector that knows nothing yet: at the first deployment and after each change."""
    return _fresh((version.tenant_id, version.model_id), lane, version.number, stick)


def begin_with(window: Window, stick: Yardstick) -> Detector:
    """Return a detector that knows nothing yet, of the version and lane of a window."""
    return _fresh((window.tenant_id, window.model_id), window.lane, window.version, stick)


def _fresh(model: tuple[str, str], lane: str, version: int, stick: Yardstick) -> Detector:
    tenant_id, model_id = model
    return Detector(
        id=f"{model_id}/{lane}",
        tenant_id=tenant_id,
        model_id=model_id,
        lane=lane,
        version=version,
        baseline=stick.baseline,
        log_values=(),
        recent=(),
        days=0,
    )


def watch(
    detector: Detector,
    window: Window,
    stick: Yardstick,
    *,
    finding_is_open: bool,
    others: Sequence[float] = (),
) -> tuple[Detector, Signal | None]:
    """Fold in one finished day. Days must come in order; a day that was folded in is ignored.

    `others` are the strengths of the tenant's other detectors (-inf for one that has seen nothing):
    the stated rate of false alarms is that of all of them together, held by e-BH.

    Days without labels, and days that another version answered, are passed over. An open finding
    closes when seven judged days after its opening are on average back within half the tolerance.
    """
    if detector.judged_until is not None and window.day < detector.judged_until:
        return detector, None
    passed = replace(detector, judged_until=window.day + DAY)
    if window.labelled == 0 or window.version != detector.version:
        return passed, None
    seen = _remember(passed, window)
    return _calming(seen, stick) if finding_is_open else _alarming(seen, stick, others)


def _remember(detector: Detector, window: Window) -> Detector:
    mean = window.loss_sum / window.labelled
    return replace(
        detector,
        recent=(*detector.recent, mean)[-DAYS_KEPT:],
        recent_rows=(*detector.recent_rows, window.labelled)[-DAYS_KEPT:],
        days=detector.days + 1,
    )


def _alarming(
    detector: Detector, stick: Yardstick, others: Sequence[float]
) -> tuple[Detector, Signal | None]:
    day = sequential.scaled(detector.recent[-1], stick.low, stick.cap)
    bound = sequential.scaled(stick.limit, stick.low, stick.cap)
    values = sequential.advance(detector.log_values, day, bound)
    strength = sequential.strength(values, stick.false_alarms_per_year)
    if stands_out(strength, others):
        return _cleared(detector), _opened(detector, stick, len(others))
    return replace(detector, log_values=values, strength=strength), None


def _calming(detector: Detector, stick: Yardstick) -> tuple[Detector, Signal | None]:
    mean = sum(detector.recent) / len(detector.recent)
    good = stick.baseline + stick.tolerance / 2.0
    if len(detector.recent) < DAYS_KEPT or mean > good:
        return detector, None
    rows = count(sum(detector.recent_rows), "labelled row")
    span = f"{DAYS_KEPT} judged days ({rows})"
    text = f"{_loss(stick)} {number(mean)} over {span}, at most {number(good)} was asked for"
    return _cleared(detector), Closed(text)


def _cleared(detector: Detector) -> Detector:
    """Begin to count afresh; what opened a finding says nothing about its end, nor the reverse."""
    return replace(detector, log_values=(), recent=(), recent_rows=(), strength=None)


def _opened(detector: Detector, stick: Yardstick, others: int) -> Opened:
    days = detector.recent
    mean = sum(days) / len(days)
    low, high = _interval(days, mean, stick)
    rows = sum(detector.recent_rows)
    rate = f"{stick.false_alarms_per_year:g} a year"
    rate += f", over {others + 1} models" if others else ""
    text = (
        f"{_loss(stick)} {number(mean)} against {number(stick.baseline)} expected "
        f"(95 % interval {number(low)} to {number(high)}, {count(len(days), 'day')}); "
        f"{count(rows, 'labelled row')}; false-alarm rate of this test: {rate}"
    )
    return Opened(mean, stick.baseline, low, high, rows, text)


def _interval(days: tuple[float, ...], mean: float, stick: Yardstick) -> tuple[float, float]:
    """Return Student's interval of the daily means; of a single day, by the holdout's deviation."""
    if len(days) == 1:
        half = _NORMAL * stick.sd
    else:
        variance = sum((day - mean) ** 2 for day in days) / (len(days) - 1)
        half = student_quantile(0.975, len(days) - 1) * math.sqrt(variance / len(days))
    return max(0.0, mean - half), mean + half


def material(baseline: float, metric: str, declared: float | None) -> float:
    """Return the declared tolerance as a difference of mean row losses; 5 % of the baseline if none."""
    if declared is None:
        return _SHARE * baseline
    if metric == "rmse":  # declared in the target's unit; its row loss is a square
        return (math.sqrt(baseline) + declared) ** 2 - baseline
    return declared


def reach(baseline: float, metric: str) -> float:
    """Return the most that a loss counts for, so that evidence can be computed from it."""
    known = METRICS[metric].cap if metric in METRICS else None
    return known or _CAP_OF_NUMBERS * baseline or 1.0


def _loss(stick: Yardstick) -> str:
    return METRICS[stick.metric].loss if stick.metric in METRICS else stick.metric
