"""Spans and sizes as they are written: "6h", "3d", "4GiB". Whole seconds, whole bytes."""

import re
from datetime import UTC, datetime, timedelta

from tenure.core.errors import TenureError, invalid

ALL = "all"
"""The training window that holds every row."""

SEASON = "season:"
"""How a training window begins that holds the same time of every year; its reach follows."""

CHANGE = "since:"
"""How a training window is called that begins when the truth changed; the UTC day follows."""

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_BYTES = {"TiB": 1024**4, "GiB": 1024**3, "MiB": 1024**2, "KiB": 1024, "B": 1}
_SPAN = re.compile(r"([0-9]{1,10})([smhdw])")
_SIZE = re.compile(r"([0-9]{1,18})(B|KiB|MiB|GiB|TiB)")
_NEARLY = re.compile(r"\s*([0-9]{1,9})\s*([A-Za-z]+)\s*")
_LONGER = {"mo": (30, "d"), "y": (365, "d")}
_LONGEST = timedelta(days=36_500)
_LARGEST = 1024**5


def parse_duration(text: str) -> timedelta:
    """Return the span that "90s", "15m", "6h", "3d" or "2w" names; raise `spec.bad_duration`."""
    match = _SPAN.fullmatch(text)
    if match is None or int(match[1]) * _SECONDS[match[2]] > _LONGEST.total_seconds():
        raise _bad_duration(text)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def format_duration(span: timedelta) -> str:
    """Return the shortest way to write a span of whole seconds; weeks are written as days."""
    seconds = round(span.total_seconds())
    unit = next(u for u, size in _SECONDS.items() if u != "w" and seconds % size == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def parse_window(text: str) -> timedelta | None:
    """Return how far a training window goes back; None: it has no beginning. Raises `spec.bad_duration`."""
    return None if text == ALL or text.startswith(SEASON) else parse_duration(text)


def parse_season(text: str) -> timedelta | None:
    """Return the reach of "season:45d", None for other windows; raise `spec.bad_duration`."""
    return parse_duration(text.removeprefix(SEASON)) if text.startswith(SEASON) else None


def window_since(change: datetime) -> str:
    """Return what the training window is called that begins with a change: `since:2024-03-08`."""
    return f"{CHANGE}{change.astimezone(UTC).date().isoformat()}"


def change_of(window: str) -> datetime | None:
    """Return when a window begins that is called by `window_since`; None for any other."""
    if not window.startswith(CHANGE):
        return None
    return datetime.fromisoformat(window.removeprefix(CHANGE)).replace(tzinfo=UTC)


def parse_size(text: str) -> int:
    """Return the bytes that "512MiB" or "4GiB" names; raise `spec.bad_size`."""
    match = _SIZE.fullmatch(text)
    if match is None or int(match[1]) * _BYTES[match[2]] > _LARGEST:
        raise _bad_size(text)
    return int(match[1]) * _BYTES[match[2]]


def format_size(size_bytes: int) -> str:
    """Return the shortest exact way to write a size."""
    unit = next(u for u, size in _BYTES.items() if size_bytes % size == 0)
    return f"{size_bytes // _BYTES[unit]}{unit}"


def _bad_duration(text: str) -> TenureError:
    guess = _nearest_duration(text)
    words = 'a whole number and a unit, s, m, h, d or w, at most 36500d, for example "6h"'
    hint = f'did you mean "{guess}"?   {words}' if guess else words
    return invalid("spec.bad_duration", f'"{text}" is not a duration', hint=hint)


def _nearest_duration(text: str) -> str:
    """Guess what "3 days", "2 months" or "6H" should have been."""
    match = _NEARLY.fullmatch(text)
    if match is None:
        return ""
    amount, unit = int(match[1]), match[2].lower()
    for start, (days, short) in _LONGER.items():
        if unit.startswith(start):
            return f"{amount * days}{short}"
    return f"{amount}{unit[0]}" if unit[0] in _SECONDS else ""


def _bad_size(text: str) -> TenureError:
    match = _NEARLY.fullmatch(text)
    guess = ""
    if match is not None:
        first = match[2][0].upper()
        guess = next((f"{match[1]}{unit}" for unit in _BYTES if unit[0] == first), "")
    words = (
        'a whole number and a unit, B, KiB, MiB, GiB or TiB, at most 1024TiB, for example "4GiB"'
    )
    hint = f'did you mean "{guess}"?   {words}' if guess else words
    return invalid("spec.bad_size", f'"{text}" is not a size', hint=hint)
