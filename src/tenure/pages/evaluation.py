"""The evaluation report as a page: the answer first, then figures, then where and why."""

from collections.abc import Sequence
from html import escape

from tenure.core.evaluation.figures import HIGHER, LOWER, ZERO, Difference, Figure, Measured
from tenure.core.evaluation.report import Evaluation, in_words
from tenure.core.models import Task
from tenure.core.stats.resampling import Interval
from tenure.pages.axes import whisker
from tenure.pages.evaluation_explained import explanation
from tenure.pages.evaluation_plots import over_time, plots
from tenure.pages.evaluation_tables import fairness, robustness, slices
from tenure.pages.parts import Cell, document, facts, table, tag

_SIGNS = {HIGHER: "↑", LOWER: "↓", ZERO: "→ 0"}
_UNIT = frozenset(
    {
        "auc", "average_precision", "accuracy", "balanced_accuracy", "precision", "recall",
        "specificity", "f1", "ks", "macro_auc", "macro_precision", "macro_recall", "macro_f1",
        "weighted_f1", "top_2_accuracy",
    }
)  # fmt: skip


def page(evaluation: Evaluation) -> str:
    """Return the whole page."""
    subject = evaluation.subject
    verdict = evaluation.verdict
    answered = f", answered by {escape(subject.runtime)}" if subject.runtime else ""
    lead = f"{tag(verdict)} " if verdict != "measured" else ""
    body = [
        f"<h1>{escape(subject.name)}</h1>",
        f'<p class="soft">judged on {escape(evaluation.data.name)}{answered}</p>',
        f'<p class="lead">{lead}{escape(in_words(evaluation))}.</p>',
        _facts(evaluation),
        *_requirements(evaluation),
        *_challenge(evaluation),
        "<h2>Figures</h2>",
        _figures(evaluation),
        *plots(evaluation),
        *_confusion(evaluation.measured, evaluation.classes),
        *over_time(evaluation),
        *slices(evaluation),
        *fairness(evaluation),
        *robustness(evaluation),
        *explanation(evaluation),
        *_put_aside(evaluation),
        f'<footer class="soft"><p>{escape(_foot(evaluation))}</p></footer>',
    ]
    return document(f"Evaluation: {subject.name}", body)


def _facts(evaluation: Evaluation) -> str:
    data = evaluation.data
    said = {"rows": f"{data.rows:,}", "task": str(evaluation.task), "target": data.target}
    if evaluation.task is Task.BINARY:
        said["probability of"] = f"{data.target} = {evaluation.classes[1]}"
        said["threshold"] = f"{evaluation.threshold:g}"
    if data.since:
        said["from"], said["until"] = data.since[:10], data.until[:10]
    aside = sum(rows for rows, _ in data.put_aside.values())
    return facts(said | ({"rows put aside": f"{aside:,}"} if aside else {}))


def _requirements(evaluation: Evaluation) -> list[str]:
    if not evaluation.requirements:
        return []
    words = {True: "passed", False: "refused", None: "unknown"}
    rows = [
        [Cell(str(one.requirement)), Cell(tag(words[one.holds]), raw=True), Cell(one.reason)]
        for one in evaluation.requirements
    ]
    heads = [Cell("required"), Cell("verdict"), Cell("why")]
    return ["<h2>Required</h2>", table(heads, rows, caption="Fixed before the figures were known.")]


def _challenge(evaluation: Evaluation) -> list[str]:
    challenge = evaluation.challenge
    if challenge is None:
        return []
    rows = [_difference(one) for one in challenge.differences]
    heads = [
        Cell("figure"),
        Cell(evaluation.subject.name, number=True),
        Cell(challenge.subject.name, number=True),
        Cell("difference", number=True),
        Cell("interval", number=True),
        Cell("against zero"),
        Cell("verdict"),
    ]
    words = "The challenger minus the first, on the same rows and the same draws."
    return [
        f"<h2>{escape(challenge.subject.name)} against {escape(evaluation.subject.name)}</h2>",
        table(heads, rows, caption=words),
    ]


def _difference(one: Difference) -> list[Cell]:
    inside = one.interval
    reach = max((abs(v) for v in (inside.low, inside.high) if v is not None), default=0.0)
    drawn = whisker(inside.low, inside.value, inside.high, (-reach, reach), beside=0.0)
    return [
        Cell(one.name.replace("_", " ")),
        Cell(shown(one.first), number=True),
        Cell(shown(one.challenger), number=True),
        Cell(signed(inside.value), number=True),
        Cell(_between(inside, signed=True), number=True),
        Cell(drawn, raw=True),
        Cell(tag(one.verdict) if one.verdict in {"better", "worse"} else "not shown", raw=True),
    ]


def _figures(evaluation: Evaluation) -> str:
    heads = [
        Cell("figure"),
        Cell("better"),
        Cell("value", number=True),
        Cell(f"{100 * evaluation.method.confidence:g} % interval", number=True),
        Cell("", raw=True),
        Cell("best constant", number=True),
    ]
    rows = [_figure(one) for one in evaluation.measured.figures]
    words = "The thin tick is the answer that ignores every input."
    return table(heads, rows, caption=words)


def _figure(one: Figure) -> list[Cell]:
    interval = one.interval
    known = [
        v for v in (interval.low, interval.value, interval.high, one.baseline) if v is not None
    ]
    ends = (min(known, default=0.0), max(known, default=0.0))
    if one.name in _UNIT:
        ends = (0.0, 1.0)
    drawn = whisker(interval.low, interval.value, interval.high, ends, beside=one.baseline)
    said = interval.reason if interval.low is None else _between(interval)
    return [
        Cell(one.name.replace("_", " ")),
        Cell(_SIGNS[one.better]),
        Cell(shown(interval.value), number=True),
        Cell(said, number=True),
        Cell(drawn, raw=True),
        Cell(shown(one.baseline), number=True),
    ]


def shown(value: float | None) -> str:
    """Return a figure with four significant places."""
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"  # noqa: PLR2004


def signed(value: float | None) -> str:
    """Return a difference with its sign."""
    return "-" if value is None else f"{value:+,.4g}"


def _between(interval: Interval, *, signed: bool = False) -> str:
    if interval.low is None or interval.high is None:
        return interval.reason or "-"
    form = "+,.4g" if signed else ",.4g"
    return f"{interval.low:{form}} to {interval.high:{form}}"


def _confusion(measured: Measured, classes: Sequence[str]) -> list[str]:
    if not measured.confusion:
        return []
    total = max(1, sum(map(sum, measured.confusion)))
    heads = [Cell("true \\ said"), *(Cell(one, number=True) for one in classes)]
    rows = [
        [
            Cell(classes[place]),
            *(
                Cell(f"{rows:,} ({100 * rows / total:.3g} %)", number=True, best=said == place)
                for said, rows in enumerate(line)
            ),
        ]
        for place, line in enumerate(measured.confusion)
    ]
    return ["<h2>Right and wrong</h2>", table(heads, rows, caption="Rows, and their share of all.")]


def _put_aside(evaluation: Evaluation) -> list[str]:
    if not evaluation.data.put_aside:
        return []
    rows = [
        [Cell(reason), Cell(f"{many:,}", number=True), Cell(example)]
        for reason, (many, example) in evaluation.data.put_aside.items()
    ]
    heads = [Cell("reason"), Cell("rows", number=True), Cell("an example")]
    return ["<h2>Put aside</h2>", table(heads, rows, caption="Rows that nothing was judged on.")]


def _foot(evaluation: Evaluation) -> str:
    method = evaluation.method
    unit = "days" if method.of_days else "groups of rows"
    if not method.of_days and method.groups == evaluation.data.rows:
        unit = "rows"
    return (
        f"Intervals: {method.replicates:,} bootstrap draws of {method.groups:,} {unit} "
        f"(seed {method.seed}), {100 * method.confidence:g} % confidence; those of one table are not "
        "corrected for one another. Slices were searched in one half of the rows and their figures are "
        "those of the other half. The best constant knows these rows' own base rate, mean or median."
    )
