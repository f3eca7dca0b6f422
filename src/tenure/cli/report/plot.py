"""A line plot as SVG, drawn by hand: lines over time, bands for findings, marks for promotions.

Colours and fonts come from the page's style sheet, so that it follows light, dark and print.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from math import floor, log10

WIDTH = 880
TALL, LOW = 250, 150
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 26
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MOST_TICKS = 14
_HALF_WORDS = 22  # a month and a day, and the margin


@dataclass(frozen=True, slots=True)
class Line:
    """One arm. `style` is its class in the style sheet."""

    name: str
    style: str
    points: Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Band:
    """A span of time that was red, with what is said about it."""

    since: datetime
    until: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment, with what happened."""

    at: datetime
    words: str


def draw(
    title: str,
    lines: Sequence[Line],
    bands: Sequence[Band] = (),
    marks: Sequence[Mark] = (),
    *,
    height: int = TALL,
) -> str:
    """Return the SVG, or "" when there are fewer than two points to join."""
    instants = [at for line in lines for at, _ in line.points]
    values = [value for line in lines for _, value in line.points]
    if not instants or min(instants) == max(instants):
        return ""
    scale = _Scale(min(instants), max(instants), *_padded(min(values), max(values)), height)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title, quote=True)}">'
    ]
    parts += [_band(band, scale) for band in bands]
    parts += _grid(scale)
    parts += [_mark(mark, scale) for mark in marks if scale.since <= mark.at <= scale.until]
    parts += [_line(line, scale) for line in lines if line.points]
    return "\n".join([*parts, "</svg>"])


@dataclass(frozen=True, slots=True)
class _Scale:
    since: datetime
    until: datetime
    low: float
    high: float
    height: int

    @property
    def floor(self) -> int:
        """Where the plot ends and the months begin."""
        return self.height - BOTTOM

    def x(self, at: datetime) -> float:
        share = (min(max(at, self.since), self.until) - self.since) / (self.until - self.since)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.floor - share * (self.floor - TOP), 1)


def _padded(low: float, high: float) -> tuple[float, float]:
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _grid(scale: _Scale) -> list[str]:
    parts = []
    step = _nice((scale.high - scale.low) / 4)
    digits = max(0, -floor(log10(step)))
    value = (floor(scale.low / step) + 1) * step
    while value < scale.high:
        y = scale.y(value)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(
            f'<text x="{LEFT - 7}" y="{y + 4}" text-anchor="end">{value:.{digits}f}</text>'
        )
        value += step
    for at, words in _ticks(scale.since, scale.until):
        x = scale.x(at)
        parts.append(f'<path class="tick" d="M{x} {scale.floor}v5"/>')
        anchor = "end" if x > WIDTH - _HALF_WORDS else "middle"  # never cut by the edge
        parts.append(f'<text x="{x}" y="{scale.height - 7}" text-anchor="{anchor}">{words}</text>')
    return parts


def _nice(step: float) -> float:
    """Return the nearest of 1, 2, 5 times a power of ten, from above."""
    power: float = 10.0 ** floor(log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step)


def _ticks(since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Return the beginnings of months; days for a span of less than two months."""
    if until - since < timedelta(days=62):
        days = max(1, -(-(until - since).days // 8))
        first = since.replace(hour=0, minute=0, second=0, microsecond=0)
        ticks = [first + timedelta(days=days * i) for i in range(10)]
        return [(at, f"{at:%d} {_MONTHS[at.month - 1]}") for at in ticks if since <= at <= until]
    month = since.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = []
    while month <= until:
        if month >= since:
            found.append((month, _MONTHS[month.month - 1]))
        month = (month + timedelta(days=32)).replace(day=1)
    return found[:: 1 + len(found) // _MOST_TICKS]


def _line(line: Line, scale: _Scale) -> str:
    path = " ".join(f"{scale.x(at)},{scale.y(value)}" for at, value in line.points)
    return f'<polyline class="{line.style}" points="{path}"><title>{escape(line.name)}</title></polyline>'


def _band(band: Band, scale: _Scale) -> str:
    left, right = scale.x(band.since), scale.x(band.until)
    return (
        f'<rect class="red" x="{left}" y="{TOP}" width="{max(1.5, round(right - left, 1))}" '
        f'height="{scale.floor - TOP}"><title>{escape(band.words)}</title></rect>'
    )


def _mark(mark: Mark, scale: _Scale) -> str:
    x = scale.x(mark.at)
    return (
        f'<path class="mark" d="M{x} {TOP}V{scale.floor}M{x - 4} {TOP - 7}h8l-4 7z">'
        f"<title>{escape(mark.words)}</title></path>"
    )
