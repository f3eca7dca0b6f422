"""What clauses may ask to be looked at more closely when a candidate is judged, told as facts.

A closer look costs seconds, so it is made only where a clause names its kind. What could not be found
out is None: no clause passes on it.
"""

from collections.abc import Iterable, Mapping, Sequence

from tenure.core.evaluation.groups import Fairness
from tenure.core.evaluation.influence import MISSING, NOISY, SHUFFLED, Importance
from tenure.core.evaluation.slices import Search
from tenure.core.policies import Policy
from tenure.core.stats.resampling import Interval

SLICES, FAIRNESS, CALIBRATION, ROBUSTNESS = "slices", "fairness", "calibration", "robustness"
KINDS = (SLICES, FAIRNESS, CALIBRATION, ROBUSTNESS)
Facts = dict[str, float | int | str | None]
DISPARITIES = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equalized_odds_difference",
    "loss_difference",
    "bias_difference",
)


def asked(policy: Policy) -> frozenset[str]:
    """Return the kinds of closer look that a policy's clauses name."""
    return frozenset(str(clause.params.get("kind", "")) for clause in policy.clauses) & set(KINDS)


def attributes(policy: Policy) -> tuple[str, ...]:
    """Return the columns whose groups are compared: `origin` of `origin.loss_difference.high`."""
    found = {
        str(clause.params["fact"]).partition(f".{name}")[0]: None
        for clause in policy.clauses
        if clause.params.get("kind") == FAIRNESS and "fact" in clause.params
        for name in DISPARITIES
        if f".{name}" in str(clause.params["fact"])
    }
    return tuple(sorted(found))


def of_slices(search: Search, rows: int) -> Facts:
    """Return how many parts were searched, and the worst of those that were confirmed.

    `worst_more` is what the mean loss is more inside; 0 when parts were searched and none is worse.
    """
    facts: Facts = {
        "rows": rows,
        "tested": search.tested,
        "found": search.found,
        "confirmed": len(search.slices),
        "worst_more": 0.0 if search.tested else None,
    }
    if search.slices:
        worst = max(search.slices, key=lambda one: one.more.value or 0.0)
        facts |= {"worst": worst.words, "worst_rows": worst.rows, "worst_loss": worst.loss}
        facts |= _bounded("worst_more", worst.more)
    return facts


def of_groups(found: Sequence[Fairness], absent: Mapping[str, str], rows: int) -> Facts:
    """Return the disparities by attribute; `absent` says of the others why they have none."""
    facts: Facts = {"rows": rows}
    for one in found:
        facts[f"{one.attribute}.groups"] = sum(group.compared for group in one.groups)
        for name, interval in one.disparities.items():
            facts |= _bounded(f"{one.attribute}.{name}", interval)
    return facts | {f"{name}.why": why for name, why in absent.items()}


def of_calibration(figures: Iterable[tuple[str, Interval]], rows: int) -> Facts:
    """Return how far what was said lies from what came: `calibration_error`, `bias`."""
    facts: Facts = {"rows": rows}
    for name, interval in figures:
        facts |= _bounded(name, interval)
    return facts


def of_robustness(found: Sequence[Importance], rows: int) -> Facts:
    """Return what the mean loss rises by: with noise, with each input missing, with each shuffled.

    `missing_worst` is the largest of those that the model answers; `refuses` counts the others.
    """
    facts: Facts = {"rows": rows}
    worst: list[float] = []
    refused = 0
    for one in found:
        if not one.column:
            facts |= _bounded(NOISY, one.rises[NOISY])
            continue
        facts[f"{SHUFFLED}.{one.column}"] = one.rises[SHUFFLED].value
        missing = one.rises[MISSING].value
        facts[f"{MISSING}.{one.column}"] = missing
        if missing is None:
            refused += 1
        else:
            worst.append(missing)
    return facts | {"missing_worst": max(worst, default=None), "refuses": refused}


def _bounded(name: str, interval: Interval) -> Facts:
    return {name: interval.value, f"{name}.low": interval.low, f"{name}.high": interval.high}
