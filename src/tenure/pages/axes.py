"""A plot between two axes as SVG: lines, dots with intervals, marks; colours are the page's."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, isfinite, log10

WIDTH, HEIGHT = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 12, 44
_TICKS = 5

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """Points joined. `style` is l0 to l3, or `ref` for what is only there to compare with."""

    points: Sequence[Point]
    style: str = "l0"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with its interval, upwards; `words` are shown when it is pointed at."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """What is on an axis, and its ends when they are known. `shares`: written as per cent."""

    words: str
    low: float | None = None
    high: float | None = None
    shares: bool = False
    names: Sequence[tuple[float, str]] = ()  # ticks with names of their own


def plot(
    title: str,
    x: Axis,
    y: Axis,
    lines: Sequence[Line] = (),
    dots: Sequence[Dot] = (),
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """Return the SVG, or "" when there is nothing finite to draw; `marks` are upright lines."""
    points = [one for line in lines for one in line.points] + [(d.x, d.y) for d in dots]
    ends = [(d.x, v) for d in dots for v in (d.low, d.high) if v is not None]
    known = [(a, b) for a, b in (*points, *ends) if isfinite(a) and isfinite(b)]
    if not known:
        return ""
    frame = _Frame(*_ends(x, [a for a, _ in known]), *_ends(y, [b for _, b in known]))
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title, quote=True)}">',
        *_across(frame, x),
        *_upwards(frame, y),
        *(_mark(frame, at, words) for at, words in marks),
        *(_line(frame, line) for line in lines),
        *(_dot(frame, dot) for dot in dots if isfinite(dot.x) and isfinite(dot.y)),
        "</svg>",
    ]
    return "".join(parts)


def figure(title: str, drawn: str, words: str = "") -> str:
    """Return a plot with its title and what is to be seen in it; "" for an empty plot."""
    if not drawn:
        return ""
    said = f'<p class="soft">{escape(words)}</p>' if words else ""
    return f"<figure><h3>{escape(title)}</h3>{drawn}{said}</figure>"


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        share = (min(max(value, self.left), self.right) - self.left) / (self.right - self.left)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)


def _ends(axis: Axis, values: Sequence[float]) -> tuple[float, float]:
    low = min(values) if axis.low is None else axis.low
    high = max(values) if axis.high is None else axis.high
    if not high > low:
        room = abs(low) * 0.1 or 0.5
        return low - room, high + room
    room = (high - low) * 0.06
    return (low if axis.low is not None else low - room), (
        high if axis.high is not None else high + room
    )


def ticks(low: float, high: float, most: int = _TICKS) -> list[tuple[float, str]]:
    """Return round values from low to high, with their texts."""
    step = _nice((high - low) / most)
    digits = max(0, -floor(log10(step) + 1e-9))
    first = -floor(-low / step + 1e-9)
    count = floor((high - first * step) / step + 1e-9) + 1
    return [((first + n) * step, f"{(first + n) * step:,.{digits}f}") for n in range(count)]


def _nice(step: float) -> float:
    power: float = 10.0 ** floor(log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * (1 - 1e-9))


def _named(axis: Axis, low: float, high: float) -> Sequence[tuple[float, str]]:
    if axis.names:
        return axis.names
    if axis.shares:
        return [(at / 100, f"{words} %") for at, words in ticks(low * 100, high * 100)]
    return ticks(low, high)


def _across(frame: _Frame, axis: Axis) -> list[str]:
    bottom = HEIGHT - BOTTOM
    parts = [f'<path class="axis" d="M{LEFT} {bottom}H{WIDTH - RIGHT}"/>']
    for at, words in _named(axis, frame.left, frame.right):
        x = frame.x(at)
        anchor = "end" if x > WIDTH - RIGHT - 16 else "middle"
        parts.append(f'<path class="tick" d="M{x} {bottom}v5"/>')
        parts.append(
            f'<text x="{x}" y="{bottom + 18}" text-anchor="{anchor}">{escape(words)}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(axis.words)}</text>'
    )
    return parts


def _upwards(frame: _Frame, axis: Axis) -> list[str]:
    parts = []
    for at, words in _named(axis, frame.low, frame.high):
        y = frame.y(at)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 7}" y="{y + 4}" text-anchor="end">{escape(words)}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="12" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 12 {middle})">{escape(axis.words)}</text>'
    )
    return parts


def _line(frame: _Frame, line: Line) -> str:
    finite = [(a, b) for a, b in line.points if isfinite(a) and isfinite(b)]
    path = " ".join(f"{frame.x(a)},{frame.y(b)}" for a, b in finite)
    said = f"<title>{escape(line.name)}</title>" if line.name else ""
    return f'<polyline class="{line.style}" points="{path}">{said}</polyline>'


def _dot(frame: _Frame, dot: Dot) -> str:
    x, y = frame.x(dot.x), frame.y(dot.y)
    bar = ""
    if dot.low is not None and dot.high is not None:
        bar = f'<path class="err" d="M{x} {frame.y(dot.low)}V{frame.y(dot.high)}"/>'
    said = f"<title>{escape(dot.words)}</title>" if dot.words else ""
    return f'<g>{bar}<circle class="dot" cx="{x}" cy="{y}" r="3.2"/>{said}</g>'


def _mark(frame: _Frame, at: float, words: str) -> str:
    x = frame.x(at)
    side, room = ("end", -5) if x > (WIDTH + LEFT) / 2 else ("start", 5)
    return (
        f'<path class="ref" d="M{x} {TOP}V{HEIGHT - BOTTOM}"/>'
        f'<text x="{x + room}" y="{TOP + 10}" text-anchor="{side}">{escape(words)}</text>'
    )


def whisker(
    low: float | None,
    value: float | None,
    high: float | None,
    ends: tuple[float, float],
    *,
    beside: float | None = None,
) -> str:
    """Return an interval on a small scale from `ends`; `beside` is a tick to compare with."""
    if value is None or not ends[1] > ends[0]:
        return ""
    wide, tall = 150, 16

    def x(at: float) -> float:
        share = (min(max(at, ends[0]), ends[1]) - ends[0]) / (ends[1] - ends[0])
        return round(5 + share * (wide - 10), 1)

    parts = [f'<svg class="whisker" viewBox="0 0 {wide} {tall}" aria-hidden="true">']
    parts.append(f'<path class="grid" d="M5 8H{wide - 5}"/>')
    if beside is not None and isfinite(beside):
        parts.append(f'<path class="beside" d="M{x(beside)} 2V14"/>')
    if low is not None and high is not None:
        parts.append(f'<path class="span" d="M{x(low)} 8H{x(high)}"/>')
    parts.append(f'<circle class="dot" cx="{x(value)}" cy="8" r="3"/></svg>')
    return "".join(parts)
