"""Days of drift as a table: a line per column, the most telling first, a figure per day."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]
_JUDGED = frozenset({"drifted", "steady"})


def lines(days: Sequence[Mapping[str, Any]]) -> tuple[list[Row], list[str]]:
    """Return the table's rows and columns; the newest day decides the order."""
    if not days:
        return [], ["column"]
    each = [({one["name"]: one for one in day["shifts"]}, day["day"][5:10]) for day in days]
    newest = each[-1][0]
    order = sorted(newest, key=lambda name: (-_rank(newest[name]), name))
    rows = []
    for name in order:
        one = newest[name]
        row: Row = {"column": name, "role": one["role"], "weight": one["weight"]}
        row |= {day: _figure(shifts.get(name)) for shifts, day in each}
        row |= {"verdict": one["verdict"], "why": one["words"]}
        rows.append(row)
    return rows, ["column", "role", "weight", *(day for _, day in each), "verdict", "why"]


def _rank(one: Mapping[str, Any]) -> float:
    weight = 1.0 if one["weight"] is None else one["weight"]
    return float(weight * _beyond(one)) if one["verdict"] == "drifted" else _beyond(one) - 1e6


def _beyond(one: Mapping[str, Any]) -> float:
    return float(one["size"]) - float(one["usual"] or 0.0)


def _figure(one: Mapping[str, Any] | None) -> str | None:
    if one is None or one["verdict"] not in _JUDGED:
        return None
    star = "*" if one["verdict"] == "drifted" else ""
    return f"{max(0.0, _beyond(one)):.1f}{star}"
