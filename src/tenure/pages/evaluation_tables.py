"""Tables of an evaluation: parts that are worse, groups that are compared, inputs that matter."""

from html import escape

from tenure.core.evaluation.groups import Fairness
from tenure.core.evaluation.influence import MISSING, NOISY, SHUFFLED, Importance
from tenure.core.evaluation.report import Evaluation
from tenure.core.stats.resampling import Interval
from tenure.pages.axes import whisker
from tenure.pages.parts import Cell, table

_SHOWN = 30


def slices(evaluation: Evaluation) -> list[str]:
    """Return the slices that were found and confirmed, or that there are none."""
    search = evaluation.search
    if search is None:
        return []
    title = "<h2>Where it is worse</h2>"
    about = (
        f"{search.tested:,} parts of {len(search.columns):,} columns were tested, {search.found:,} stood "
        f"out in the half that was searched, {len(search.slices):,} were confirmed in the other half "
        f"(false discoveries at most {100 * search.rate:g} %, at least {search.least_rows:,} rows)."
    )
    if not search.slices:
        return [title, f"<p>{escape(about)}</p>"]
    reach = max(one.more.high or 0.0 for one in search.slices)
    rows = [
        [
            Cell(one.words),
            Cell(f"{100 * one.share:.3g} %", number=True),
            Cell(f"{one.loss:.4g}", number=True),
            Cell(f"{one.outside:.4g}", number=True),
            Cell(_interval(one.more), number=True),
            Cell(whisker(one.more.low, one.more.value, one.more.high, (0.0, reach)), raw=True),
        ]
        for one in search.slices
    ]
    loss = evaluation.metric.replace("_", " ")
    heads = [
        Cell("part"),
        Cell("of the rows", number=True),
        Cell(f"{loss} inside", number=True),
        Cell("outside", number=True),
        Cell("difference", number=True),
        Cell("", raw=True),
    ]
    return [title, table(heads, rows, caption=about)]


def fairness(evaluation: Evaluation) -> list[str]:
    """Return the groups of each attribute that was named."""
    return [part for one in evaluation.fairness for part in _attribute(one)]


def _attribute(one: Fairness) -> list[str]:
    names = list(one.groups[0].figures) if one.groups else []
    heads = [
        Cell(one.attribute),
        Cell("rows", number=True),
        *(Cell(name.replace("_", " "), number=True) for name in names),
    ]
    rows = [
        [
            Cell(group.name if group.compared else f"{group.name} (too few to compare)"),
            Cell(f"{group.rows:,}", number=True),
            *(Cell(_short(group.figures[name]), number=True) for name in names),
        ]
        for group in one.groups
    ]
    apart = [
        [
            Cell(name.replace("_", " ")),
            Cell(_value(interval), number=True),
            Cell(_interval(interval)),
        ]
        for name, interval in one.disparities.items()
    ]
    parts = [
        f"<h2>Groups of {escape(one.attribute)}</h2>",
        table(heads, rows, caption="Each figure with its interval."),
    ]
    if apart:
        said = [Cell("between groups"), Cell("value", number=True), Cell("interval")]
        parts.append(table(said, apart, caption="0 (and a ratio of 1) is no difference."))
    return parts


def robustness(evaluation: Evaluation) -> list[str]:
    """Return what the loss rises by when inputs are changed."""
    inputs = [one for one in evaluation.robustness if one.column]
    if not inputs:
        return []
    rises = [one.rises[SHUFFLED] for one in inputs]
    low = min([0.0, *(one.low for one in rises if one.low is not None)])
    reach = max([0.0, *(one.high for one in rises if one.high is not None)])
    heads = [
        Cell("input"),
        Cell("shuffled", number=True),
        Cell("interval", number=True),
        Cell("", raw=True),
        Cell("missing", number=True),
        Cell("interval"),
    ]
    rows = [_input(one, (low, reach)) for one in inputs[:_SHOWN]]
    noisy = [one.rises[NOISY] for one in evaluation.robustness if NOISY in one.rises]
    words = [
        f"What the mean loss rises by. With noise of a tenth of its spread on every number it rises by "
        f"{_value(one)} ({_interval(one)})."
        for one in noisy
    ]
    return [
        "<h2>What it depends on</h2>",
        table(heads, rows, caption=" ".join(words)),
    ]


def _input(one: Importance, ends: tuple[float, float]) -> list[Cell]:
    shuffled, missing = one.rises[SHUFFLED], one.rises[MISSING]
    return [
        Cell(one.column),
        Cell(_value(shuffled), number=True),
        Cell(_interval(shuffled), number=True),
        Cell(whisker(shuffled.low, shuffled.value, shuffled.high, ends, beside=0.0), raw=True),
        Cell(_value(missing), number=True),
        Cell(_interval(missing)),
    ]


def _value(interval: Interval) -> str:
    return "-" if interval.value is None else f"{interval.value:.4g}"


def _interval(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return interval.reason or "-"
    return f"{interval.low:.4g} to {interval.high:.4g}"


def _short(interval: Interval) -> str:
    if interval.value is None:
        return "-"
    if interval.low is None or interval.high is None:
        return f"{interval.value:.3g}"
    return f"{interval.value:.3g} ({interval.low:.3g} to {interval.high:.3g})"
