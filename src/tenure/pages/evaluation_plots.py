"""Plots of an evaluation: calibration, order, thresholds, errors, and how it went over time."""

from tenure.core.evaluation.figures import Bin, Choice, Curve
from tenure.core.evaluation.report import Evaluation
from tenure.core.models import Task
from tenure.pages.axes import Axis, Dot, Line, Point, figure, plot


def plots(evaluation: Evaluation) -> list[str]:
    """Return the plots that go with the task, side by side."""
    measured = evaluation.measured
    curves = measured.curves
    drawn = [
        _calibration(evaluation, measured.calibration),
        _roc(curves["roc"]) if "roc" in curves else "",
        _precision(curves["precision_recall"]) if "precision_recall" in curves else "",
        _thresholds(curves["thresholds"], evaluation.threshold) if "thresholds" in curves else "",
        _value(curves.get("thresholds"), measured.choice, evaluation.threshold),
        _errors(curves["errors"]) if "errors" in curves else "",
    ]
    kept = [one for one in drawn if one]
    return [f'<div class="plots">{"".join(kept)}</div>'] if kept else []


def _calibration(evaluation: Evaluation, bins: tuple[Bin, ...]) -> str:
    if not bins:
        return ""
    is_number = evaluation.task is Task.REGRESSION
    dots = [
        Dot(
            one.answered,
            one.observed.value or 0.0,
            one.observed.low,
            one.observed.high,
            f"{one.rows:,} rows: answered {one.answered:.4g}, came {one.observed.value:.4g}",
        )
        for one in bins
        if one.observed.value is not None
    ]
    if is_number:
        values = [dot.x for dot in dots] + [dot.y for dot in dots]
        ends = (min(values), max(values))
        axes = Axis("answered"), Axis("mean of what came")
    else:
        ends = (0.0, 1.0)
        axes = (
            Axis("answered probability", 0.0, 1.0, shares=True),
            Axis("came true", 0.0, 1.0, shares=True),
        )
    line = Line([(ends[0], ends[0]), (ends[1], ends[1])], "ref", "as answered")
    drawn = plot("calibration", *axes, [line], dots)
    words = "Each dot is about a twentieth of the rows with its interval; on the line it is right."
    return figure("Does it come as it is said?", drawn, words)


def _points(curve: Curve, x: str, y: str) -> list[Point]:
    pairs = zip(curve.values[x], curve.values[y], strict=True)
    return [(a, b) for a, b in pairs if a is not None and b is not None]


def _roc(curve: Curve) -> str:
    lines = [
        Line([(0.0, 0.0), (1.0, 1.0)], "ref", "by chance"),
        Line(_points(curve, "false_positive_rate", "recall"), "l0"),
    ]
    axes = (
        Axis("false alarms among the negatives", 0.0, 1.0, shares=True),
        Axis("found of the positives", 0.0, 1.0, shares=True),
    )
    return figure("ROC", plot("ROC curve", *axes, lines))


def _precision(curve: Curve) -> str:
    points = _points(curve, "recall", "precision")
    base = points[-1][1] if points else 0.0
    lines = [Line([(0.0, base), (1.0, base)], "ref", "by chance"), Line(points, "l0")]
    axes = (
        Axis("found of the positives", 0.0, 1.0, shares=True),
        Axis("right among the flagged", 0.0, 1.0, shares=True),
    )
    return figure("Precision and recall", plot("precision and recall", *axes, lines))


def _thresholds(curve: Curve, threshold: float) -> str:
    lines = [
        Line(_points(curve, "threshold", name), style, name)
        for name, style in (("precision", "l0"), ("recall", "l2"), ("flagged", "l1"))
    ]
    axes = Axis("threshold"), Axis("share", 0.0, 1.0, shares=True)
    drawn = plot(
        "figures by threshold", *axes, lines, marks=[(threshold, f"{threshold:g} in force")]
    )
    words = "Solid: precision. Dotted: recall. Dashed: share of rows that are flagged."
    return figure("What a threshold does", drawn, words)


def _value(curve: Curve | None, choice: Choice | None, threshold: float) -> str:
    if curve is None or choice is None or "value" not in curve.values:
        return ""
    marks = [
        (choice.threshold, f"best {choice.threshold:.3g}"),
        (threshold, f"{threshold:g} in force"),
    ]
    drawn = plot(
        "value by threshold",
        Axis("threshold"),
        Axis("value per row"),
        [Line(_points(curve, "threshold", "value"), "l0")],
        marks=marks if abs(choice.threshold - threshold) > 0.1 else marks[:1],  # noqa: PLR2004 — room
    )
    inside = choice.value
    between = f" ({inside.low:.4g} to {inside.high:.4g})" if inside.low is not None else ""
    words = (
        f"The best threshold was chosen on one half; on the other half it is worth {inside.value:.4g} "
        f"a row{between}. In force: {choice.in_force:.4g}; nobody flagged: {choice.nobody:.4g}; "
        f"everybody: {choice.everybody:.4g}."
    )
    return figure("What decisions are worth", drawn, words)


def _errors(curve: Curve) -> str:
    lines = [
        Line([(0.0, 0.0), (1.0, 0.0)], "ref"),
        Line(_points(curve, "share", "error"), "l0"),
    ]
    axes = Axis("share of the rows", 0.0, 1.0, shares=True), Axis("answer minus truth")
    drawn = plot("quantiles of the errors", *axes, lines)
    return figure("Errors in order", drawn, "Left what was answered too low, right too high.")


def over_time(evaluation: Evaluation) -> list[str]:
    """Return the mean loss by period, when rows have times."""
    periods = evaluation.periods
    if len(periods) < 2:  # noqa: PLR2004 — one period is no course
        return []
    dots = [
        Dot(
            float(n), one.loss.value, one.loss.low, one.loss.high, f"{one.since}: {one.rows:,} rows"
        )
        for n, one in enumerate(periods)
        if one.loss.value is not None
    ]
    step = max(1, -(-len(periods) // 4))
    names = [(float(n), one.since) for n, one in enumerate(periods) if n % step == 0]
    line = Line([(dot.x, dot.y) for dot in dots], "l1")
    axes = Axis("", names=names), Axis(f"mean loss ({evaluation.metric.replace('_', ' ')})")
    drawn = plot("loss over time", *axes, [line], dots)
    words = "Lower is better. A course that leads upwards says that the model is getting old."
    return ["<h2>As time went on</h2>", f'<div class="plots">{figure("", drawn, words)}</div>']
