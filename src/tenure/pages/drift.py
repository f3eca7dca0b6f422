"""The drift report as a page: what drifted first, each with its picture and its figures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from tenure.core.comparisons import Comparison, in_words
from tenure.core.drift import ColumnDrift
from tenure.core.profiles import ColumnKind, Numbers, Profile
from tenure.core.shifts import Verdict
from tenure.pages.histogram import picture
from tenure.pages.parts import Cell, document, facts, figure_key, table, tag

_CARDS = 60
"""Pictures beyond would make the page slow; the table has every column."""
_FOOT = (
    "Every row of both tables was counted, none sampled. A column has drifted when a difference is "
    "larger than chance makes it, with the false discoveries over all columns held at the rate above, "
    "and larger than the floor beyond what chance makes. PSI, Jensen-Shannon, Hellinger and chi-squared "
    "are those of tenths of the reference, or of levels; the exact KS distance lies in the interval."
)


def page(comparison: Comparison) -> str:
    """Return the whole page."""
    drifted = comparison.findings
    body = [
        f"<h1>{escape(comparison.reference.name)} → {escape(comparison.current.name)}</h1>",
        f'<p class="lead">{tag(str(comparison.verdict))} {escape(in_words(comparison))}.</p>',
        _facts(comparison),
        figure_key([("0", "current", "now"), ("w", "reference", "what it is compared with")]),
        *_part("What drifted", drifted),
        *_part("Steady", _with(comparison, Verdict.STEADY), room=_CARDS - len(drifted)),
        *_unjudged(comparison),
        "<h2>Every column</h2>",
        _every(comparison),
        f'<footer class="soft"><p>{_FOOT}</p></footer>',
    ]
    return document(f"Drift: {comparison.current.name}", body)


def _with(comparison: Comparison, verdict: Verdict) -> list[ColumnDrift]:
    return [one for one in comparison.columns if one.verdict is verdict]


def _facts(comparison: Comparison) -> str:
    reference, current, rules = comparison.reference, comparison.current, comparison.rules
    torn = reference.left_out + current.left_out
    said = {
        "rows of the reference": f"{reference.rows:,}",
        "rows now": f"{current.rows:,}",
        **{name: f"{many:,}" for name, many in comparison.counts.items() if many},
        "false discoveries": f"≤ {100 * rules.false_discoveries:g} %",
        "floor": f"{rules.floor:g}",
    }
    return facts(said | ({"torn rows left out": f"{torn:,}"} if torn else {}))


def _part(title: str, columns: Sequence[ColumnDrift], room: int = _CARDS) -> list[str]:
    shown = [one for one in columns[: max(0, room)] if one.reference is not None]
    if not shown:
        return []
    cards = "".join(_card(one) for one in shown)
    more = len(columns) - len(shown)
    rest = f'<p class="soft">{more:,} more in the table below.</p>' if more else ""
    return [f"<h2>{escape(title)}</h2>", f'<div class="cards">{cards}</div>', rest]


def _card(one: ColumnDrift) -> str:
    segment = f' <span class="soft">{escape(one.segment)}</span>' if one.segment else ""
    drawn = picture(one.reference, one.current)
    return (
        f'<section class="card"><h3>{escape(one.column)}{segment}</h3>'
        f'<p class="soft">{escape(_kind(one))}</p>{drawn}<p>{escape(one.reason)}</p></section>'
    )


def _kind(one: ColumnDrift) -> str:
    return "length of the text" if one.kind is ColumnKind.TEXT else str(one.kind)


def _unjudged(comparison: Comparison) -> list[str]:
    columns = [*_with(comparison, Verdict.NOT_ENOUGH), *_with(comparison, Verdict.NOT_JUDGED)]
    if not columns:
        return []
    rows = [
        [
            Cell(one.column),
            Cell(one.segment),
            Cell(tag(str(one.verdict)), raw=True),
            Cell(one.reason),
        ]
        for one in columns
    ]
    heads = [Cell("column"), Cell("segment"), Cell("verdict"), Cell("why")]
    return ["<h2>Not said</h2>", table(heads, rows, caption="Unknown is not the same as steady.")]


_SCORES = {
    "psi": "PSI",
    "jensen_shannon": "JS",
    "hellinger": "Hellinger",
    "total_variation": "TV",
    "wasserstein_in_sd": "W1 / sd",
}


def _every(comparison: Comparison) -> str:
    heads = [Cell("column"), *([Cell("segment")] if comparison.by else []), Cell("verdict")]
    heads += [Cell("KS", number=True), *(Cell(words, number=True) for words in _SCORES.values())]
    heads += [Cell("q", number=True), Cell("mean", number=True), Cell("no value", number=True)]
    rows = [_row(one, segments=bool(comparison.by)) for one in comparison.columns]
    return table(
        heads, rows, caption="The worst first. q: p-value adjusted over all that was tested."
    )


def _row(one: ColumnDrift, *, segments: bool) -> list[Cell]:
    scores = one.scores or {}
    named = [Cell(one.column), *([Cell(one.segment or "(all)")] if segments else [])]
    figures = [_ks(one), *(_score(scores.get(name)) for name in _SCORES)]
    figures += [f"{one.q:.2g}" if one.signals else "", _means(one), _absent(one)]
    return [
        *named,
        Cell(tag(str(one.verdict)), raw=True),
        *(Cell(figure, number=True) for figure in figures),
    ]


def _ks(one: ColumnDrift) -> str:
    scores = one.scores or {}
    return f"{scores['ks']:.3f}-{scores['ks_high']:.3f}" if "ks" in scores else ""


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _means(one: ColumnDrift) -> str:
    sides = (one.reference, one.current)
    known = [side.mean for side in sides if isinstance(side, Numbers)]
    if one.kind is ColumnKind.TIME:
        return " → ".join(_instant(mean) for mean in known)
    return " → ".join("-" if mean is None else f"{mean:.4g}" for mean in known)


def _instant(seconds: float | None) -> str:
    try:
        return "-" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError, OSError):
        return "-"


def _absent(one: ColumnDrift) -> str:
    found = [_share(side) for side in (one.reference, one.current) if side is not None]
    return found[0] if len(set(found)) == 1 else " → ".join(found)


def _share(side: Profile) -> str:
    return f"{100 * side.absent.rows / side.rows:.3g} %" if side.rows else "-"
