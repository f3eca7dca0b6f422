"""References: what a version's answers are held against, made once from what it was trained on.

Features and labels come from the rows that trained it, its outputs from rows that it had not seen.
`quiet` says how far windows of such history lie from the rest of it: what is usual, so that a
season or a weekday is no drift.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from tenure.core.layouts import (
    Layout,
    Tally,
    as_text,
    field_as_dict,
    field_from_dict,
    from_text,
)

FORMAT = 1
WINDOWS = (1, 7, 30)
"""How many days a window may have; the shortest with `ENOUGH` rows is taken."""
ENOUGH = 150
QUIET_DAYS = 90
"""How much of the newest history is cut into quiet windows."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """How far windows of quiet history are from the rest, in floors: see `shifts.sizes`.

    `windows` is how many windows without overlap there were.
    """

    mean: float
    sd: float
    windows: float


@dataclass(frozen=True, eq=False)
class Reference:
    """One version's. `days` is how long windows are; `importance` by feature, None if unknown."""

    layout: Layout
    whole: Tally
    days: int
    quiet: Mapping[str, Quiet]
    importance: Mapping[str, float] | None = None

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each field by its name; outputs and labels are named as nothing else is."""
        return {one.name: place for place, one in enumerate(self.layout.fields)}


def window_days(rows: int, days: int) -> int:
    """Return how many days a window needs at so many rows in so many days."""
    a_day = rows / max(days, 1)
    return next((length for length in WINDOWS if length * a_day >= ENOUGH), WINDOWS[-1])


def to_bytes(reference: Reference) -> bytes:
    """Return the reference as an object."""
    said: dict[str, Any] = {
        "format": FORMAT,
        "fields": [field_as_dict(one) for one in reference.layout.fields],
        "whole": as_text(reference.whole),
        "days": reference.days,
        "quiet": {name: asdict(one) for name, one in sorted(reference.quiet.items())},
        "importance": None if reference.importance is None else dict(reference.importance),
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def from_bytes(data: bytes) -> Reference:
    """Return what `to_bytes` wrote; raises ValueError for another format."""
    said = json.loads(data)
    if said["format"] != FORMAT:
        raise ValueError(f"this is no reference of format {FORMAT}")
    return Reference(
        layout=Layout(tuple(field_from_dict(one) for one in said["fields"])),
        whole=from_text(said["whole"]),
        days=said["days"],
        quiet={name: Quiet(**one) for name, one in said["quiet"].items()},
        importance=said["importance"],
    )
