"""What each input adds: a table of importances, and a plot of how answers follow each of the first."""

from tenure.core.evaluation.explanation import Explanation, Input
from tenure.core.evaluation.report import Evaluation
from tenure.pages.axes import Axis, Dot, Line, figure, plot, whisker
from tenure.pages.parts import Cell, table

_SHOWN = 30
_NAME = 12


def explanation(evaluation: Evaluation) -> list[str]:
    """Return the part of the page, or nothing when nobody asked."""
    found = evaluation.explanation
    if found is None or not found.inputs:
        return []
    reach = max(one.importance.high or one.importance.value or 0.0 for one in found.inputs)
    rows = [_row(one, reach, found) for one in found.inputs[:_SHOWN]]
    heads = [
        Cell("input"),
        Cell(f"mean contribution ({found.scale})", number=True),
        Cell("interval", number=True),
        Cell("", raw=True),
        Cell("share", number=True),
        *([] if found.is_exact else [Cell("error", number=True)]),
    ]
    drawn = [_effect(one) for one in found.inputs if len(one.effect) > 1 and one.importance.value]
    plots = f'<div class="plots">{"".join(drawn)}</div>' if drawn else ""
    return ["<h2>What each input adds</h2>", table(heads, rows, caption=_words(found)), plots]


def _words(found: Explanation) -> str:
    if found.is_exact:
        return (
            f"Mean size of the exact contributions of {found.rows:,} rows: those of a row and a constant "
            "add up to its answer."
        )
    return (
        f"Mean size of the contributions of {found.rows:,} rows, sampled over {found.permutations} orders "
        "of the inputs; the error is that of one row."
    )


def _row(one: Input, reach: float, found: Explanation) -> list[Cell]:
    inside = one.importance
    known = inside.low is not None and inside.high is not None
    said = f"{inside.low:.4g} to {inside.high:.4g}" if known else inside.reason
    cells = [
        Cell(one.name),
        Cell(f"{inside.value or 0.0:.4g}", number=True),
        Cell(said, number=True),
        Cell(whisker(inside.low, inside.value, inside.high, (0.0, reach)), raw=True),
        Cell(f"{100 * one.share:.3g} %", number=True),
    ]
    return cells if found.is_exact else [*cells, Cell(f"{one.error:.2g}", number=True)]


def _effect(one: Input) -> str:
    dots = [
        Dot(step.at, step.effect.value, step.effect.low, step.effect.high, step.name)
        for step in one.effect
        if step.effect.value is not None
    ]
    is_number = all(step.name == f"{step.at:.4g}" for step in one.effect)
    if is_number:
        axis, lines = Axis(one.name), [Line([(dot.x, dot.y) for dot in dots], "l0")]
    else:
        axis, lines = Axis(one.name, -0.5, len(dots) - 0.5, names=_names(one)), []
    drawn = plot(f"effect of {one.name}", axis, Axis("answer against the mean"), lines, dots)
    return figure(one.name, drawn)


def _names(one: Input) -> list[tuple[float, str]]:
    step = max(1, -(-len(one.effect) // 5))
    return [
        (s.at, s.name if len(s.name) <= _NAME else f"{s.name[: _NAME - 1]}…")
        for s in one.effect[::step]
    ]
