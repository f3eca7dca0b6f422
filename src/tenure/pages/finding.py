"""A finding as a page: what got worse since when, where it comes from, what changed, what was done."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from tenure.core.accounts import Account
from tenure.core.calendar import DAY
from tenure.core.diagnosis import Diagnosis, Happened
from tenure.core.findings import ACCURACY, ESTIMATE
from tenure.core.words import number
from tenure.pages.axes import Axis, Line, figure, plot
from tenure.pages.parts import Cell, document, facts, table, tag

_TICKS = 5
_OF_LOSS = {ACCURACY, ESTIMATE}
"""Whose expected figure is a loss, and stands on the plot of losses; drift is in floors, quality in shares."""
_FOOT = (
    "Parts of the rows were searched on one half of the days and confirmed on the other, which gives "
    "the figures; shares of parts that exclude each other add up. They say where the loss comes from and "
    "what happened at the same time. Whether one caused the other is for people to say."
)


def page(told: Account) -> str:
    """Return the whole page."""
    finding, found = told.finding, told.finding.diagnosis
    state = "open" if finding.closed_at is None else "closed"
    body = [
        f"<h1>{escape(finding.tenant_id)} / {escape(finding.model_id)}: {escape(finding.kind)}</h1>",
        f'<p class="lead">{tag(state)} {escape(finding.text)}.</p>',
        _facts(told),
        _days(told),
        *(_parts(found) if found is not None else []),
        *(_drifted(found) if found is not None else []),
        "<h2>On the time line</h2>",
        _time_line(told.happened),
        "<h2>In words</h2>",
        "".join(f"<p><b>{escape(one.heading)}:</b> {escape(one.said)}</p>" for one in told.told),
        f'<footer class="soft"><p>{_FOOT}</p></footer>' if found is not None else "",
    ]
    return document(f"Finding {finding.id}", body)


def _facts(told: Account) -> str:
    finding, found = told.finding, told.finding.diagnosis
    said = {"observed": number(finding.observed), "expected": number(finding.expected)}
    if found is not None:
        said |= {"worse since": f"{found.since:%Y-%m-%d}", "rows since": f"{found.rows:,}"}
        said |= {"rows before": f"{found.rows_before:,}"}
    said["opened"] = f"{finding.opened_at:%Y-%m-%d}"
    if finding.closed_at is not None:
        said["closed"] = f"{finding.closed_at:%Y-%m-%d}"
    return facts(said)


def _days(told: Account) -> str:
    if not told.days:
        return ""
    finding = told.finding
    points = [(_place(one.day), one.loss) for one in told.days]
    first, last = points[0][0], points[-1][0]
    level = Line([(first, finding.expected), (last, finding.expected)], "ref", "expected")
    levels = [level] if finding.kind in _OF_LOSS else []
    marks = [(_place(finding.opened_at), "")]
    if finding.diagnosis is not None:
        since = finding.diagnosis.since
        marks.append((_place(since), f"worse since {since:%d %b}"))
    step = max(1, round((last - first) / _TICKS))
    names = [
        (at, f"{datetime.fromtimestamp(at * DAY.total_seconds(), UTC):%d %b}")
        for at in range(int(first), int(last) + 1, step)
    ]
    drawn = plot(
        "Mean loss of each judged day",
        Axis("day", names=names),
        Axis("mean loss"),
        [*levels, Line(points, "l0", "mean loss")],
        marks=[one for one in marks if first <= one[0] <= last],
    )
    expected = "what is expected of the version, since when it is worse, and " if levels else ""
    words = f"Each judged day's mean loss. Broken lines: {expected}when it was found."
    return f'<div class="plots">{figure("Day by day", drawn, words)}</div>'


def _place(at: datetime) -> float:
    return at.timestamp() / DAY.total_seconds()


def _parts(found: Diagnosis) -> list[str]:
    if not found.parts:
        return ["<h2>Where it comes from</h2>", f"<p>{escape(found.most_of_it)}.</p>"]
    heads = [Cell("part of the rows"), Cell(""), Cell("of the excess", number=True)]
    heads += [Cell("of the rows", number=True), Cell("of the rows before", number=True)]
    heads += [Cell("loss before", number=True), Cell("loss now", number=True)]
    rows = [
        [
            Cell(one.words),
            Cell(_bar(one.share), raw=True),
            Cell(f"{one.share:.0%}", number=True),
            Cell(f"{one.of_rows:.0%}", number=True),
            Cell(f"{one.of_rows_before:.0%}", number=True),
            Cell("none" if one.before is None else number(one.before), number=True),
            Cell(number(one.now), number=True),
        ]
        for one in found.parts
    ]
    caption = (
        f"The excess of {number(found.now - found.before)} per row, found among {found.tested:,} parts. "
        "Shares count dearer rows, and more rows of a dear kind."
    )
    return ["<h2>Where it comes from</h2>", table(heads, rows, caption=caption)]


def _bar(share: float) -> str:
    wide = round(150 * min(1.0, max(0.0, share)), 1)
    return (
        '<svg class="whisker" viewBox="0 0 150 16" aria-hidden="true">'
        f'<rect class="dot" x="0" y="3" width="{wide}" height="10"/></svg>'
    )


def _drifted(found: Diagnosis) -> list[str]:
    if not found.drifted:
        words = "Nothing had drifted." if found.drifted is not None else "Drift was not judged."
        return ["<h2>What drifted</h2>", f"<p>{words}</p>"]
    heads = [Cell("column"), Cell("what moved"), Cell("floors", number=True)]
    heads += [Cell("usually", number=True), Cell("weight", number=True)]
    rows = [
        [
            Cell(one.name),
            Cell(one.words),
            Cell(f"{one.size:.1f}", number=True),
            Cell("unknown" if one.usual is None else f"{one.usual:.1f}", number=True),
            Cell("unknown" if one.weight is None else f"{one.weight:.2g}", number=True),
        ]
        for one in found.drifted
    ]
    caption = (
        "Ranked by how much the model looks at a column times how far it is beyond what is usual."
    )
    return ["<h2>What drifted</h2>", table(heads, rows, caption=caption)]


def _time_line(happened: Sequence[Happened]) -> str:
    heads = [Cell("when (UTC)"), Cell("kind"), Cell("what")]
    rows = [[Cell(f"{one.at:%Y-%m-%d %H:%M}"), Cell(one.kind), Cell(one.words)] for one in happened]
    return table(heads, rows, caption="What happened around it, in order.")
