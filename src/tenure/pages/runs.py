"""Runs beside each other as a page: what they were given, what came of it, curves over steps."""

from collections.abc import Sequence
from html import escape

from tenure.core.runs import Courses, Row, SideBySide
from tenure.core.words import number
from tenure.pages.axes import Axis, Line, figure, plot
from tenure.pages.parts import Cell, document, figure_key, table

_FOOT = (
    "Metrics are the last values that the training logged itself, on rows of its own choice; what "
    "is named after the rows that judged was computed by Tenure, on the same rows for every run of a study."
)


def page(model: str, found: SideBySide) -> str:
    """Return the whole page."""
    title = f"Runs of {model}"
    body = [
        f"<h1>{escape(title)}</h1>",
        figure_key([(f"{place}", run, "") for place, run in enumerate(found.runs)]),
        *(_drawn(found, one) for one in found.courses),
        *_table("Metrics", found, found.metrics),
        *_table("Parameters that differ", found, [one for one in found.params if one.differs]),
        *_table("Parameters that do not", found, [one for one in found.params if not one.differs]),
        *_table("What they were given", found, found.pinned),
        f'<footer class="soft"><p>{_FOOT}</p></footer>',
    ]
    return document(title, body)


def _drawn(found: SideBySide, one: Courses) -> str:
    lines = [
        Line(
            [(float(step), value) for step, value in zip(run.steps, run.values, strict=True)],
            f"l{place}",
            found.runs[place],
        )
        for place, run in enumerate(one.runs)
        if run is not None
    ]
    return figure(one.metric, plot(one.metric, Axis("step"), Axis(one.metric), lines))


def _table(title: str, found: SideBySide, rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    heads = [Cell(""), *(Cell(run) for run in found.runs)]
    cells = [[Cell(one.name), *map(_cell, one.values)] for one in rows]
    return [f"<h2>{escape(title)}</h2>", table(heads, cells, caption=title)]


def _cell(value: object) -> Cell:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    words = number(value) if isinstance(value, float) else "" if value is None else str(value)
    return Cell(words, number=is_number)
