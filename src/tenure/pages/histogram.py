"""Small pictures of a column: what the reference held, and what is held now."""

from html import escape

import numpy as np

from tenure.core.profiles import Categories, Numbers
from tenure.core.stats.histograms import Floats

WIDTH, HEIGHT = 260, 84
_TOP, _FLOOR = 6, 66
_STEPS = 36
_OUTER = 0.005
_ROWS, _ROW = 5, 15
_NAME, _BAR = 84, 128


def picture(reference: Numbers | Categories | None, current: Numbers | Categories | None) -> str:
    """Return both as one SVG, or "" when one of them has no values."""
    if reference is None or current is None or not reference.values or not current.values:
        return ""
    if isinstance(reference, Numbers) and isinstance(current, Numbers):
        with np.errstate(all="ignore"):  # at the ends of what a float can hold
            return _steps(reference, current)
    if isinstance(reference, Categories) and isinstance(current, Categories):
        return _bars(reference, current)
    return ""


def _steps(reference: Numbers, current: Numbers) -> str:
    low, high = _range(reference, current)
    ends = np.linspace(low, high, _STEPS + 1)
    densities = [np.diff(_below(side, ends)) for side in (reference, current)]
    tallest = max(float(one.max()) for one in densities) or 1.0
    filled, line = (_path(one / tallest) for one in densities)
    return (
        f'<svg class="small" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="reference filled, current as a line">'
        f'<path class="was" d="{filled}V{_FLOOR}H0Z"/>'
        f'<path class="base" d="M0 {_FLOOR}H{WIDTH}"/><path class="now" d="{line}"/>'
        f'<text x="0" y="{HEIGHT - 4}">{_short(low)}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 4}" text-anchor="end">{_short(high)}</text></svg>'
    )


def _range(reference: Numbers, current: Numbers) -> tuple[float, float]:
    """Return between where all but the outermost values of either lie."""
    lows, highs = [], []
    for side in (reference, current):
        edges = np.clip(side.grid.edges, side.low, side.high)
        below = np.cumsum(side.counts)[:-1] / side.values
        lows.append(float(edges[max(0, int(np.searchsorted(below, _OUTER, side="right")) - 1)]))
        inner = int(np.searchsorted(below, 1.0 - _OUTER))
        highs.append(float(edges[min(len(edges) - 1, inner)]))
    low, high = min(lows), max(highs)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _below(side: Numbers, ends: Floats) -> Floats:
    """Return the share of values below each end, straight within a bin."""
    low, high = min(side.low, float(ends[0])), max(side.high, float(ends[-1]))
    edges = np.clip(np.concatenate([[low], side.grid.edges, [high]]), low, high)
    shares = np.concatenate([[0.0], np.cumsum(side.counts) / side.values])
    found: Floats = np.interp(ends, edges, shares)
    found[0], found[-1] = 0.0, 1.0  # what lies outside is drawn at the ends
    return np.nan_to_num(found)


def _path(heights: Floats) -> str:
    width = WIDTH / len(heights)
    parts = [f"M0 {_FLOOR}"]
    for place, height in enumerate(heights.tolist()):
        parts.append(f"V{_FLOOR - height * (_FLOOR - _TOP):.1f}H{(place + 1) * width:.1f}")
    return "".join(parts)


def _bars(reference: Categories, current: Categories) -> str:
    """Return the levels that changed most, with a bar for before and one for now."""
    names, counts = reference.shown
    p, q = counts / reference.values, current.shown[1] / current.values
    shown = [b for b in np.argsort(-np.abs(q - p), kind="stable")[:_ROWS].tolist() if p[b] or q[b]]
    shown.sort(key=lambda b: -p[b])
    longest = max(max(float(p[b]), float(q[b])) for b in shown)
    height = len(shown) * _ROW + 2
    said = "shares of levels: reference above, current below"
    parts = [f'<svg class="small" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{said}">']
    for row, b in enumerate(shown):
        y = row * _ROW
        before, now = _BAR * float(p[b]) / longest, _BAR * float(q[b]) / longest
        parts.append(
            f'<text x="{_NAME - 6}" y="{y + 11}" text-anchor="end">{escape(_cut(names[b]))}</text>'
            f'<rect class="was" x="{_NAME}" y="{y + 2}" width="{before:.1f}" height="5"/>'
            f'<rect class="is" x="{_NAME}" y="{y + 7}" width="{now:.1f}" height="5"/>'
            f'<text x="{WIDTH}" y="{y + 11}" text-anchor="end">{100 * q[b]:.3g} %</text>'
        )
    return "".join([*parts, "</svg>"])


def _cut(name: str, most: int = 13) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _short(value: float) -> str:
    return f"{value:.4g}"
