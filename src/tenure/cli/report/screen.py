"""The outcome as the last screen of a replay: one table, and what became of the refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenure.cli.output import aligned
from tenure.cli.report.figures import OURS
from tenure.core.findings import ACCURACY

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Closing:
    """What the table itself does not know: the span, the time it took, the ledgers."""

    title: str  # "2013" or "2013-03-01 … 2014-01-01"
    seconds: float
    ledger: str
    after: tuple[str, ...] = ()
    word: str = "tenant"  # what the tenants are called


def screen(report: Figures, lanes: Sequence[str], closing: Closing) -> str:
    """Return the whole screen."""
    tenants = report["tenants"]
    many = f"{len(tenants)} {closing.word}{'s' if len(tenants) != 1 else ''}"
    predictions = sum(one["predictions"] for one in tenants.values())
    labels = sum(one["labels"] for one in tenants.values())
    head = (
        f"{closing.title} replayed: {many}, {predictions:,} predictions over HTTP, "
        f"{labels:,} labels, {duration(closing.seconds)}"
    )
    return "\n".join(
        [head, *_table(report, lanes), *_refused(tenants), closing.ledger, *closing.after]
    )


def duration(seconds: float) -> str:
    """Return `3 m 41 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest:02d} s" if minutes else f"{rest} s"


def counterfactuals(tenants: Mapping[str, Figures]) -> list[Figures]:
    """Return what is known of every refused version, had it been promoted."""
    return [
        race["had_it_been_promoted"]
        for one in tenants.values()
        for race in one["studies"]
        if race.get("had_it_been_promoted")
    ]


def _table(report: Figures, lanes: Sequence[str]) -> list[str]:
    tenants = report["tenants"]
    metric = next(iter(tenants.values()))["metric"] if tenants else "log_loss"
    rival = next((lane for lane in lanes if lane != OURS), None)
    versus = [f"tenure - {rival}, 95 %"] if rival else []
    heads = ["", *lanes, *versus, "tried", "promoted", "refused", "open", "closed", "p99 ms", ""]
    lines = [_line(name, one, metric, lanes, rival) for name, one in tenants.items()]
    if len(tenants) > 1:
        lines.append(_sum_line(report, metric, lanes, rival))
    right = [False, *[True] * (len(heads) - 2), False]
    words = (
        f"  {metric.replace('_', ' ')}; retrains tried, promoted, refused; "
        "accuracy findings open, closed"
    )
    return [words, *("  " + line for line in aligned([heads, *lines], right))]


def _line(
    name: str, one: Figures, metric: str, lanes: Sequence[str], rival: str | None
) -> list[str]:
    found = [finding for finding in one["findings"] if finding["kind"] == ACCURACY]
    closed = sum(finding["closed_at"] is not None for finding in found)
    return [
        name,
        *_losses(one, metric, lanes, rival),
        *(str(one["retrains"][key]) for key in ("tried", "promoted", "refused")),
        str(len(found) - closed),
        str(closed),
        "-" if one["p99_ms"] is None else f"{one['p99_ms']:.1f}",
        f"rests: {one['resting']}" if one.get("resting") else "",
    ]


def _sum_line(report: Figures, metric: str, lanes: Sequence[str], rival: str | None) -> list[str]:
    retrains = [one["retrains"] for one in report["tenants"].values()]
    sums = [str(sum(one[key] for one in retrains)) for key in ("tried", "promoted", "refused")]
    return ["all", *_losses(report["overall"], metric, lanes, rival), *sums, "", "", "", ""]


def _losses(one: Figures, metric: str, lanes: Sequence[str], rival: str | None) -> list[str]:
    cells = [number((one.get(lane) or {}).get(metric)) for lane in lanes]
    return cells if rival is None else [*cells, span(one.get(f"{OURS}_minus_{rival}"))]


def number(value: float | None) -> str:
    """Return a loss to four figures, without a leading zero below one: `.4662`."""
    if value is None:
        return "-"
    return f"{value:.4f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.4g}"


def span(interval: Figures | None) -> str:
    """Return `-.0408 … -.0303`."""
    if not interval or interval["low"] is None or interval["high"] is None:
        return "-"
    return f"{_signed(interval['low'])} … {_signed(interval['high'])}"


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "") + number(value)


def _refused(tenants: Mapping[str, Figures]) -> list[str]:
    refused = sum(one["retrains"]["refused"] for one in tenants.values())
    known = counterfactuals(tenants)
    worse = sum(one["worse"] for one in known)
    if not refused:
        return []
    had = f"   had they been promoted: {worse} worse, {len(known) - worse} better (replayed)"
    return [f"refused {refused}{had if known else ''}"]
