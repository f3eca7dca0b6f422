"""An outcome as the API gives it, with figures that are easy to recognise."""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2013, 3, 4, tzinfo=UTC)
LANES = ("tenure", "blind", "static")
_WORSE = {"tenure": 0.0, "blind": 0.02, "static": 0.036}


def outcome(
    tenant: str,
    *,
    model: str = "arrival-delay",
    rows: int = 1000,
    loss: float = 0.46,
    lanes: tuple[str, ...] = LANES,
) -> dict[str, Any]:
    days = [START + timedelta(days=i) for i in range(300)]
    return {
        "tenant": tenant,
        "model": model,
        "metric": "log_loss",
        "lanes": {
            lane: {"log_loss": loss + _WORSE[lane], "brier": 0.15, "auc": 0.7, "n": float(rows)}
            for lane in lanes
        },
        "differences": {
            lane: {"mean": -0.036, "low": -0.041, "high": -0.03}
            for lane in lanes
            if lane != "tenure"
        },
        "studies": [
            _race(4, "promoted", 2, -0.01, "all clauses passed", None),
            _race(5, "refused", 3, 0.004, "<b>worse</b> than the champion", 0.011),
            _race(6, "refused", 4, -0.0001, "not surely better", -0.002),
        ],
        "retrains": {"tried": 3, "promoted": 1, "refused": 2},
        "findings": [
            _finding("2013-06-14T00:00:00+00:00", "2013-07-20T00:00:00+00:00"),
            _finding("2013-11-14T00:00:00+00:00", None),
        ],
        "predictions": rows + 20,
        "labels": rows,
        "quarantined": {"label.unknown": 3},
        "weekly": [_point("week", day, i, lanes, rows) for i, day in enumerate(days[::7])],
        "daily": [_point("day", day, i, lanes, max(1, rows // 300)) for i, day in enumerate(days)],
        "p50_ms": 0.61,
        "p99_ms": 1.93,
    }


def _point(
    name: str, at: datetime, place: int, lanes: tuple[str, ...], rows: int
) -> dict[str, Any]:
    wave = 0.4 + 0.1 * ((place * 7) % 10) / 10
    return {name: at.isoformat(), "rows": rows} | {lane: wave + _WORSE[lane] for lane in lanes}


def _race(  # one line of a table
    month: int, state: str, version: int, difference: float, reason: str, had: float | None
) -> dict[str, Any]:
    race: dict[str, Any] = {
        "id": f"st_{month}",
        "at": f"2013-0{month}-01T03:00:00+00:00",
        "cause": "schedule",
        "outcome": state,
        "version": version,
        "champion": 1,
        "difference": difference,
        "reason": reason,
    }
    if had is not None:
        race["had_it_been_promoted"] = {"difference": had, "rows": 900, "worse": had > 0}
    return race


def _finding(opened: str, closed: str | None) -> dict[str, Any]:
    return {
        "id": "f_1",
        "kind": "accuracy",
        "opened_at": opened,
        "closed_at": closed,
        "text": "log loss 0.579 against 0.472 expected",
        "closed_because": "version 2 is live" if closed else "",
    }
