"""Drift: whether a column's rows still look like the reference, from two profiles.

A column has drifted when a difference is larger than chance makes it (with the false discoveries
over all columns held at a rate) and large enough to matter. Too few rows are a state of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tenure.core.profiles import Categories, ColumnKind, Numbers, Profile, as_if_new
from tenure.core.shifts import Verdict
from tenure.core.stats import distances
from tenure.core.stats.discoveries import adjusted
from tenure.core.stats.histograms import Counts, by_decile
from tenure.core.words import count

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Rules:
    """When a difference counts.

    `false_discoveries`: at most this share of the columns found drifted is so by chance (Benjamini &
    Hochberg). `floor`: the least change that matters, beyond what chance makes: in the distance
    between the distribution functions (KS), in the share of rows that changed their level (total
    variation), and in the share of rows without a value. `spread_floor`: the same for the distance
    that values moved on average (Wasserstein-1), in standard deviations of the reference.
    `least`: fewer values than this on either side are not judged.
    """

    false_discoveries: float = 0.01
    floor: float = 0.05
    spread_floor: float = 0.1
    least: int = 100


@dataclass(frozen=True, slots=True)
class Signal:
    """One way in which a column may differ: how sure, how large in units of its floor."""

    p: float
    size: float
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class ColumnDrift:
    """What was found of one column, in one segment ("" for all rows).

    `q` is the p-value, adjusted over all columns and segments; `size` is in units of the floor.
    `scores` holds what could be computed; names are those of `core/stats/distances.py`.
    """

    column: str
    segment: str
    kind: ColumnKind
    verdict: Verdict
    reason: str
    q: float = 1.0
    size: float = 0.0
    scores: Scores | None = None
    reference: Profile | None = None
    current: Profile | None = None
    signals: tuple[Signal, ...] = ()


def compared(
    column: str, segment: str, kind: ColumnKind, reference: Profile, current: Profile, rules: Rules
) -> ColumnDrift:
    """Return the differences of one column; it is judged with the others, by `judged`."""
    enough = min(reference.values, current.values) >= rules.least
    some = min(reference.values, current.values) > 0
    name = "mean length" if kind is ColumnKind.TEXT else "mean"
    scores, values = _values(reference, current, rules, name) if some else ({}, None)
    absent = _absent(reference, current, rules)
    signals = [absent, *([values] if enough and values is not None else [])]
    if min(reference.rows, current.rows) < rules.least:
        signals = []
    verdict, reason = Verdict.STEADY, ""
    if not enough:
        verdict, reason = Verdict.NOT_ENOUGH, _too_few(reference, current, rules)
    if kind is ColumnKind.TIME:
        verdict, signals = Verdict.NOT_JUDGED, [one for one in signals if one is absent]
        reason = "time moves on by itself: judge what is made of it, such as the hour"
    elif values is not None and not reason:
        reason = values.words
    return ColumnDrift(
        column,
        segment,
        kind,
        verdict,
        reason,
        scores=scores,
        reference=reference,
        current=current,
        signals=tuple(signals),
    )


def judged(columns: Sequence[ColumnDrift], rules: Rules) -> list[ColumnDrift]:
    """Return the columns with their verdicts, the most drifted first.

    The p-value of a column is that of its surest difference that is large enough to matter, times
    the number of ways in which it was looked at.
    """
    tested = [place for place, one in enumerate(columns) if one.signals]
    values = [_p(columns[place]) for place in tested]
    found = list(columns)
    for place, q in zip(tested, adjusted(values), strict=True):
        found[place] = _verdict(columns[place], q, rules)
    order = list(Verdict)
    return sorted(found, key=lambda one: (order.index(one.verdict), -one.size, one.column))


def _p(one: ColumnDrift) -> float:
    sure = [signal.p for signal in one.signals if signal.size >= 1.0]
    return min(1.0, min(sure, default=1.0) * len(one.signals))


def _verdict(one: ColumnDrift, q: float, rules: Rules) -> ColumnDrift:
    large = [s for s in one.signals if s.size >= 1.0 and s.p <= rules.false_discoveries]
    size = max(0.0, *(signal.size for signal in one.signals))
    if q > rules.false_discoveries or not large:
        return replace(one, q=q, size=size)
    large.sort(key=lambda signal: -signal.size)
    words = "; ".join(signal.words for signal in large)
    return replace(one, verdict=Verdict.DRIFTED, reason=words, q=q, size=size)


def _too_few(reference: Profile, current: Profile, rules: Rules) -> str:
    sides = {"the reference": reference.values, "the current data": current.values}
    few = [f"{count(n, 'value')} in {side}" for side, n in sides.items() if n < rules.least]
    return f"{' and '.join(few)}; {rules.least:,} are asked for"


def _values(reference: Profile, current: Profile, rules: Rules, name: str) -> tuple[Scores, Signal]:
    if isinstance(reference, Numbers) and isinstance(current, Numbers):
        return _numbers(reference, current, rules, name)
    if isinstance(reference, Categories) and isinstance(current, Categories):
        return _categories(reference, current, rules)
    raise TypeError("a column has one kind of profile on both sides")


def _numbers(
    reference: Numbers, current: Numbers, rules: Rules, name: str
) -> tuple[Scores, Signal]:
    grid, m, n = reference.grid, reference.values, current.values
    low, high = distances.ks(grid, reference.counts, current.counts)
    moved, moved_by_chance = distances.wasserstein(grid, reference.side, current.side)
    chance, p = distances.ks_chance(m, n), distances.ks_tail(low, m, n)
    scores = {"ks": low, "ks_high": high, "ks_p": p, "ks_chance": chance, "wasserstein": moved}
    size, words = (low - chance) / rules.floor, f"KS {low:.3f} (chance {chance:.3f})"
    if grid.spread > 0.0:
        scores["wasserstein_in_sd"] = in_sd = moved / grid.spread
        scores["mean_shift"] = distances.mean_shift(grid, reference.side, current.side) or 0.0
        far = (moved - moved_by_chance) / grid.spread / rules.spread_floor
        if far > size:
            size, words = far, f"moved by {in_sd:.3g} standard deviations, KS {low:.3f}"
    deciles = (by_decile(grid, reference.counts), by_decile(grid, current.counts))
    scores |= _binned(*deciles)
    words = f"{name} {_short(reference.mean)} → {_short(current.mean)}; {words}"
    p = _with_ties(reference, current, p)
    return _finite(scores), Signal(p, size if np.isfinite(size) else 0.0, words)


def _with_ties(reference: Numbers, current: Numbers, ks_p: float) -> float:
    """Return the p-value; where most values repeat, KS is too shy and the bins are tested as well."""
    if 2 * int(reference.counts[reference.grid.points].sum()) < reference.values:
        return ks_p
    return min(1.0, 2.0 * min(ks_p, distances.chi2_p(reference.counts, current.counts)))


def _categories(reference: Categories, current: Categories, rules: Rules) -> tuple[Scores, Signal]:
    scores = _binned(reference.counts, current.counts)
    new = as_if_new(reference)
    chance = distances.total_variation_chance(new, current.counts)
    scores["total_variation_chance"] = chance
    size = (distances.total_variation(new, current.counts) - chance) / rules.floor
    p = distances.chi2_p(new, current.counts)
    return _finite(scores), Signal(p, size, _moved(reference, current))


def _binned(c: Counts, d: Counts) -> Scores:
    statistic, degrees = distances.chi2(c, d)
    return {
        "psi": distances.psi(c, d),
        "psi_chance": distances.psi_chance(int(((c + d) > 0).sum()), int(c.sum()), int(d.sum())),
        "jensen_shannon": distances.jensen_shannon(c, d),
        "hellinger": distances.hellinger(c, d),
        "total_variation": distances.total_variation(c, d),
        "chi2": statistic,
        "chi2_degrees": float(degrees),
        "chi2_p": distances.chi2_p(c, d),
    }


def _finite(scores: Scores) -> Scores:
    """Return the scores without those that overflowed: values near 1e308 have no sum."""
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def _moved(reference: Categories, current: Categories) -> str:
    """Return the levels whose shares changed most, in words."""
    names, counts = reference.shown
    p, q = distances.shares(counts), distances.shares(current.shown[1])
    names = [*map(repr, names[:-2]), *names[-2:]]
    largest = np.argsort(-np.abs(q - p), kind="stable")[:3]
    words = [f"{names[b]} {_percent(p[b])} → {_percent(q[b])}" for b in largest if p[b] != q[b]]
    if current.examples and len(names) - 1 in largest:
        words.append(f"unseen are such as {', '.join(map(repr, current.examples[:3]))}")
    return "; ".join(words) or "the same shares"


_ABSENT = {
    "nulls": "null",
    "nans": "NaN",
    "minus_infinite": "-inf",
    "plus_infinite": "inf",
    "unreadable": "not of the reference's type",
}


def _absent(reference: Profile, current: Profile, rules: Rules) -> Signal:
    """Return how the share of rows without a usable value differs."""
    if not reference.rows or not current.rows:
        return Signal(1.0, 0.0, "")
    parts = (reference.absent.rows, current.absent.rows)
    p = distances.shares_differ(parts, (reference.rows, current.rows))
    differences = {
        name: (
            getattr(reference.absent, name) / reference.rows,
            getattr(current.absent, name) / current.rows,
        )
        for name in _ABSENT
    }
    why = max(differences, key=lambda name: abs(differences[name][1] - differences[name][0]))
    before, after = differences[why]
    size = abs(parts[1] / current.rows - parts[0] / reference.rows) / rules.floor
    return Signal(p, size, f"{_ABSENT[why]} {_percent(before)} → {_percent(after)}")


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
