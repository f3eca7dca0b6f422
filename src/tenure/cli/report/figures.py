"""From the outcomes of single models to one report: the shape of `report.json`.

It pools what the API computed from the prediction log and never looks at a row itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Figures = dict[str, Any]
OURS = "tenure"
_POOLED = ("log_loss", "brier", "auc", "accuracy", "mae", "mse")
_KEPT = (
    "metric",
    "retrains",
    "findings",
    "predictions",
    "labels",
    "p50_ms",
    "p99_ms",
    "quarantined",
    "studies",
    "weekly",
)


def report_of(outcomes: Sequence[Mapping[str, Any]], seed: int = 7) -> Figures:
    """Return the report over the outcomes, one per model, as `GET …/outcome` gives them.

    `overall` pools the lanes that every judged model has, weighted by rows; its AUC is the rows-weighted
    mean of the tenants' AUCs. Differences between lanes are drawn by day over all tenants.
    """
    tenants = {
        name: _one(outcome) for name, outcome in zip(_names(outcomes), outcomes, strict=True)
    }
    judged = [outcome for outcome in outcomes if outcome["lanes"]]
    lanes = [lane for lane in lanes_of(judged) if all(lane in o["lanes"] for o in judged)]
    overall: Figures = {lane: _pooled([o["lanes"][lane] for o in judged]) for lane in lanes}
    for lane in lanes:
        if lane != OURS and (interval := _over_all(judged, lane, seed)):
            overall[f"{OURS}_minus_{lane}"] = interval
    return {"tenants": tenants, "overall": overall}


def lanes_of(outcomes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lanes' names: challengers in the order of the alphabet's end, ours last."""
    names = {lane for outcome in outcomes for lane in outcome["lanes"]}
    return [*sorted(names - {OURS}, reverse=True), *sorted(names & {OURS})]


def _names(outcomes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the tenant's id where it has one model here, else `tenant/model`."""
    tenants = [outcome["tenant"] for outcome in outcomes]
    return [
        o["tenant"] if tenants.count(o["tenant"]) == 1 else f"{o['tenant']}/{o['model']}"
        for o in outcomes
    ]


def _one(outcome: Mapping[str, Any]) -> Figures:
    figures: Figures = {lane: outcome["lanes"][lane] for lane in lanes_of([outcome])}
    for lane, interval in outcome["differences"].items():
        figures[f"{OURS}_minus_{lane}"] = interval
    resting = {"resting": outcome["resting"]} if outcome.get("resting") else {}
    return figures | {name: outcome[name] for name in _KEPT} | resting


def _pooled(figures: Sequence[Mapping[str, Any]]) -> Figures:
    rows = sum(one["n"] or 0 for one in figures)
    pooled: Figures = {}
    for name in _POOLED:
        known = [(one[name], one["n"]) for one in figures if one.get(name) is not None]
        if known:
            pooled[name] = sum(value * n for value, n in known) / sum(n for _, n in known)
    return pooled | {"n": rows}


def _over_all(
    outcomes: Sequence[Mapping[str, Any]], lane: str, seed: int
) -> dict[str, float] | None:
    """Return the interval of ours minus `lane` over all rows, drawn by day across the tenants."""
    import numpy as np

    from tenure.core.stats.bootstrap import paired_interval

    days = [day for outcome in outcomes for day in outcome["daily"]]
    days = [day for day in days if day.get(lane) is not None and day.get(OURS) is not None]
    if not days:
        return None
    names = sorted({day["day"] for day in days})
    rows = [int(day["rows"]) for day in days]
    means = np.asarray([day[OURS] - day[lane] for day in days], dtype=np.float64)
    blocks = np.asarray([names.index(day["day"]) for day in days], dtype=np.int64)
    found = paired_interval(np.repeat(means, rows), np.repeat(blocks, rows), seed=seed)
    return {"mean": found.mean, "low": found.low, "high": found.high}
