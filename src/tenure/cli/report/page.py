"""The report as one self-contained page: no script, no font, no address outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from tenure.cli.report.figures import OURS
from tenure.cli.report.plot import LOW, Band, Line, Mark, draw
from tenure.cli.report.screen import Closing, counterfactuals, duration, number, span
from tenure.core.findings import ACCURACY
from tenure.pages.parts import Cell, document, facts, figure_key, table, tag

Figures = Mapping[str, Any]
_NAMES = {"log_loss": "log loss", "brier": "Brier", "auc": "AUC", "mae": "MAE", "rmse": "RMSE"}
_FOOT = (
    "All figures are computed from the prediction log and the joined labels; every lane is judged "
    "on the same rows. Times are UTC, in the business time of the stream."
)
_BETTER_HIGH = frozenset({"auc", "accuracy"})


def page(report: Figures, lanes: Sequence[str], closing: Closing) -> str:
    """Return the whole page."""
    title = f"{closing.title} replayed"
    body = [
        f"<h1>{escape(title)}</h1>",
        '<p class="soft">Every model earns its place in production, and keeps earning it.</p>',
        _totals(report, closing),
        _summary(report, lanes),
        _reading(lanes),
        *(_tenant(name, one, lanes) for name, one in report["tenants"].items()),
        f'<footer class="soft"><p>{escape(closing.ledger)}</p>',
        f"<p>{_FOOT}</p></footer>",
    ]
    return document(title, body)


def _totals(report: Figures, closing: Closing) -> str:
    tenants = report["tenants"].values()
    known = counterfactuals(report["tenants"])
    return facts(
        {
            "tenants": f"{len(tenants)}",
            "predictions over HTTP": f"{sum(one['predictions'] for one in tenants):,}",
            "labels joined": f"{sum(one['labels'] for one in tenants):,}",
            "retrains promoted": _share(tenants, "promoted"),
            "retrains refused": _share(tenants, "refused"),
            "refused, rightly": f"{sum(one['worse'] for one in known)} of {len(known)}",
            "took": duration(closing.seconds),
        }
    )


def _share(tenants: Any, what: str) -> str:
    tried = sum(one["retrains"]["tried"] for one in tenants)
    return f"{sum(one['retrains'][what] for one in tenants)} of {tried}"


def _summary(report: Figures, lanes: Sequence[str]) -> str:
    """Return what each lane lost with the sure differences, then the lanes' other metrics."""
    metrics = _metrics_of(report, lanes)
    rivals = [lane for lane in lanes if lane != OURS]
    heads = [Cell(f"tenure - {rival}, 95 %", number=True) for rival in rivals]
    heads += [Cell("p50 / p99 ms", number=True)]
    tenants = {
        name: [*_differences(one, rivals), Cell(_latency(one), number=True)]
        for name, one in report["tenants"].items()
    }
    overall = [*_differences(report["overall"], rivals), Cell("")]
    caption = "Mean over the same rows for every lane; a difference below zero: tenure is better."
    parts = [_lines(report, lanes, metrics[:1], caption, (heads, tenants, overall))]
    if metrics[1:]:
        nothing: dict[str, list[Cell]] = {name: [] for name in tenants}
        caption = "The same rows by other measures."
        parts.append(_lines(report, lanes, metrics[1:], caption, ([], nothing, [])))
    return "\n".join(parts)


def _lines(
    report: Figures,
    lanes: Sequence[str],
    metrics: Sequence[str],
    caption: str,
    more: tuple[list[Cell], Mapping[str, list[Cell]], list[Cell]],
) -> str:
    """Return a table with one line per tenant; `more` are the columns after the lanes' metrics."""
    last, tenants, overall = more
    heads = [Cell("")]
    heads += [Cell(f"{lane}: {_NAMES.get(m, m)}", number=True) for m in metrics for lane in lanes]
    rows = [
        [*_summary_row(name, one, metrics, lanes), *tenants[name]]
        for name, one in report["tenants"].items()
    ]
    if len(rows) > 1:
        rows.append([*_summary_row("all", report["overall"], metrics, lanes), *overall])
    return table([*heads, *last], rows, caption=caption, has_sum=len(rows) > 1)


def _differences(one: Figures, rivals: Sequence[str]) -> list[Cell]:
    return [Cell(span(one.get(f"{OURS}_minus_{rival}")), number=True) for rival in rivals]


def _metrics_of(report: Figures, lanes: Sequence[str]) -> list[str]:
    found = [one[lane] for one in report["tenants"].values() for lane in lanes if lane in one]
    names = [name for name in (found[0] if found else {}) if name in _NAMES]
    return names[:3]


def _summary_row(
    name: str, one: Figures, metrics: Sequence[str], lanes: Sequence[str]
) -> list[Cell]:
    cells = [Cell(name)]
    for metric in metrics:
        values = {lane: (one.get(lane) or {}).get(metric) for lane in lanes}
        known = [value for value in values.values() if value is not None]
        best = (max if metric in _BETTER_HIGH else min)(known) if known else None
        cells += [
            Cell(number(value), number=True, best=value is not None and value == best)
            for value in values.values()
        ]
    return cells


def _latency(one: Figures) -> str:
    if one["p99_ms"] is None:
        return "-"
    return f"{one['p50_ms']:.1f} / {one['p99_ms']:.1f}"


def _reading(lanes: Sequence[str]) -> str:
    words = {
        OURS: "answers; retrained when a finding or the schedule asks, promoted only when it wins",
        "static": "the first version, never retrained, in the shadow",
        "blind": "retrained on schedule and always promoted, in the shadow",
    }
    return figure_key([(_style(lane, lanes), lane, words.get(lane, "")) for lane in lanes])


def _style(lane: str, lanes: Sequence[str]) -> str:
    others = [name for name in ("static", "blind") if name in lanes]
    others += [name for name in lanes if name not in {*others, OURS}]
    return f"{0 if lane == OURS else others.index(lane) % 3 + 1}"


def _tenant(name: str, one: Figures, lanes: Sequence[str]) -> str:
    metric = str(_NAMES.get(one["metric"], one["metric"]))
    lines = [Line(lane, f"l{_style(lane, lanes)}", _points(one["weekly"], lane)) for lane in lanes]
    seen = [at for line in lines for at, _ in line.points]
    seen += [_at(finding["opened_at"]) for finding in one["findings"]]
    told = [finding for finding in one["findings"] if finding["kind"] == ACCURACY]
    bands = [Band(_at(f["opened_at"]), _until(f, max(seen)), f["text"]) for f in told]
    promoted = [race for race in one["studies"] if race["outcome"] == "promoted"]
    marks = [Mark(_at(race["at"]), f"version {race['version']} promoted") for race in promoted]
    plot = draw(f"{name}: weekly {metric} of each lane", lines, bands, marks)
    tried, refused = one["retrains"]["tried"], one["retrains"]["refused"]
    words = f"{one['predictions']:,} predictions, {one['labels']:,} labels joined; {tried} retrain"
    words += f"{'s' if tried != 1 else ''} tried, {len(promoted)} promoted, {refused} refused."
    if one.get("resting"):
        words += f" It rests: {escape(one['resting'])}."
    parts = [
        f"<h2>{escape(name)}</h2>",
        f"<p>{words}</p>",
    ]
    if plot:
        caption = f"Weekly {metric}; red: an open finding of accuracy; green flags: promotions."
        parts.append(_figure(plot, caption))
        parts.append(_gains(name, one["weekly"], lanes, metric))
    parts += [_studies(one["studies"]), _findings(one["findings"]), _put_aside(one["quarantined"])]
    return "\n".join(part for part in parts if part)


def _figure(plot: str, caption: str) -> str:
    return f"<figure>{plot}<figcaption>{escape(caption)}</figcaption></figure>"


def _gains(name: str, weekly: Sequence[Figures], lanes: Sequence[str], metric: str) -> str:
    """Return the plot of what each lane has lost less than the first, summed up over the weeks."""
    first, *others = lanes
    lines = []
    for lane in others:
        total, points = 0.0, []
        for week in weekly:
            if week.get(lane) is not None and week.get(first) is not None:
                total += (week[lane] - week[first]) * week["rows"]
                points.append((_at(week["week"]), total))
        lines.append(Line(lane, f"l{_style(lane, lanes)}", points))
    plot = draw(f"{name}: {metric} less than {first}", lines, height=LOW)
    caption = f"Total {metric} of all rows so far, minus that of {first}: below zero is better."
    return _figure(plot, caption) if plot else ""


def _points(weekly: Sequence[Figures], lane: str) -> list[tuple[datetime, float]]:
    return [(_at(week["week"]), week[lane]) for week in weekly if week.get(lane) is not None]


def _until(finding: Figures, end: datetime) -> datetime:
    return _at(finding["closed_at"]) if finding["closed_at"] else end


def _studies(studies: Sequence[Figures]) -> str:
    if not studies:
        return ""
    heads = [Cell("when", number=True), Cell("because"), Cell("outcome")]
    heads += [Cell("best - champion", number=True)]
    heads += [Cell("had it been promoted", number=True), Cell("reason")]
    rows = [
        [
            Cell(f"{_at(race['at']):%Y-%m-%d}", number=True),
            Cell(race["cause"]),
            Cell(tag(race["outcome"]), raw=True),
            Cell(_difference(race["difference"]), number=True),
            Cell(_had(race.get("had_it_been_promoted")), number=True),
            Cell(race["reason"]),
        ]
        for race in studies
    ]
    caption = (
        "Retrains: the best candidate against the champion on rows neither trained on. "
        "What was refused is replayed as it was judged, until the next race."
    )
    return table(heads, rows, caption=caption)


def _difference(value: float | None) -> str:
    return "-" if value is None else ("+" if value >= 0 else "") + number(value)


def _had(race: Figures | None) -> str:
    if not race:
        return ""
    return f"{_difference(race['difference'])} ({'worse' if race['worse'] else 'better'})"


def _findings(findings: Sequence[Figures]) -> str:
    if not findings:
        return ""
    heads = [Cell("opened"), Cell("closed"), Cell("what"), Cell("how it ended")]
    rows = [
        [
            Cell(f"{_at(one['opened_at']):%Y-%m-%d %H:%M}"),
            Cell(f"{_at(one['closed_at']):%Y-%m-%d %H:%M}" if one["closed_at"] else "open"),
            Cell(one["text"]),
            Cell(one["closed_because"]),
        ]
        for one in findings
    ]
    return table(heads, rows, caption="Findings.")


def _put_aside(counts: Mapping[str, int]) -> str:
    if not counts:
        return ""
    words = ", ".join(f"{rows:,} {escape(reason)}" for reason, rows in counts.items())
    return f'<p class="soft">Put aside: {words}.</p>'


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
