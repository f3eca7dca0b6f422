"""A fleet's year of alarms, simulated: how often one comes for nothing, how late for something.

Tenants of one, ten and a hundred models, each judged daily by the e-detector that judges real ones; e-BH
shares one budget of one false alarm a year among a tenant's models. `limit`: every model's loss wavers
around the most that is not harm, which is the worst of quiet; `quiet`: around its baseline. Harm: one
model in each tenant is worse by so many deviations of its daily means from a day on. Nobody is timed.
"""

import math

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Bound, Outcome, check
from tenure.core import accuracy
from tenure.core.stats import sequential
from tenure.core.stats.discoveries import stands_out

Floats = NDArray[np.float64]
BASELINE, SD, DAYS, RATE = 0.5, 0.08, 365, 1.0
TOLERANCE = max(0.05 * BASELINE, SD / math.sqrt(7))
CAP = max(accuracy.reach(BASELINE, "log_loss"), 2 * (BASELINE + TOLERANCE))
STICK = accuracy.Yardstick("log_loss", BASELINE, SD, TOLERANCE, CAP, RATE)
LIMIT, LOW, HIGH = STICK.limit, STICK.low, STICK.cap
FLEETS = ((1, 2000), (10, 400), (100, 60))
"""Models of a tenant, and tenants."""
HARMS = (1.0, 2.0, 3.0)
GOALS = {f"limit_{models}_alarms_a_tenant_year": Bound(at_most=1.1) for models, _ in FLEETS} | {
    "quiet_10_alarms_a_tenant_year": Bound(at_most=0.1),
    "harm_2_of_10_days": Bound(at_most=30),
}


def measure(*, quick: bool) -> Outcome:
    """Simulate; the vectorised fold is first held against the one that runs."""
    agree()
    figures: dict[str, float] = {}
    for models, tenants in FLEETS[:2] if quick else FLEETS:
        for name, centre in (("limit", LIMIT), ("quiet", BASELINE)):
            days = _alarms(np.random.default_rng(7), (tenants, models), centre)
            figures[f"{name}_{models}_alarms_a_tenant_year"] = float(days.sum()) / tenants
        for harm in HARMS:
            figures[f"harm_{harm:g}_of_{models}_days"] = _delay(models, min(tenants, 200), harm)
    goals = {name: bound for name, bound in GOALS.items() if name in figures}
    return Outcome("alarms", figures, goals, {}, ("tenure", "numpy"), {})


def agree() -> None:
    """Raise unless one model's year is the same in both folds, and e-BH is the same rule."""
    random = np.random.default_rng(1)
    losses = random.normal(LIMIT, SD, 60)
    ours: tuple[float, ...] = ()
    values = np.full((1, 1, len(sequential.BETS)), -np.inf)
    for loss in losses:
        x, bound = (sequential.scaled(one, LOW, HIGH) for one in (float(loss), LIMIT))
        ours = sequential.advance(ours, x, bound)
        values = _advance(values, np.array([[loss]]))
    check(np.allclose(values[0, 0], ours), "both folds say the same")
    strengths = random.normal(0, 2, (50, 10))
    found = _found(strengths)
    for row, real in zip(strengths.tolist(), found.tolist(), strict=True):
        each = [stands_out(one, [*row[:k], *row[k + 1 :]]) for k, one in enumerate(row)]
        check(each == real, "both rules say the same")


def _alarms(random: np.random.Generator, shape: tuple[int, int], centre: float) -> Floats:
    """Return how many alarms each tenant had in a year; a model that alarmed begins anew."""
    values = np.full((*shape, len(sequential.BETS)), -np.inf)
    alarms = np.zeros(shape[0])
    for _ in range(DAYS):
        values = _advance(values, random.normal(centre, SD, shape))
        found = _found(_strength(values))
        alarms += found.sum(axis=1)
        values[found] = -np.inf
    return alarms


def _delay(models: int, tenants: int, harm: float) -> float:
    """Return after how many days, in the median, the one model that is worse is found."""
    random = np.random.default_rng(11)
    values = np.full((tenants, models, len(sequential.BETS)), -np.inf)
    days = np.full(tenants, float(DAYS))
    for day in range(-60, DAYS):
        losses = random.normal(BASELINE, SD, (tenants, models))
        losses[:, 0] += harm * SD * (day >= 0)
        values = _advance(values, losses)
        found = _found(_strength(values))
        first = found[:, 0] & (days == DAYS) & (day >= 0)
        days[first] = day + 1
        values[found] = -np.inf
    return float(np.median(days))


def _advance(values: Floats, losses: Floats) -> Floats:
    """Return `sequential.advance` of every model at once."""
    x = np.clip((losses - LOW) / (HIGH - LOW), 0.0, 1.0)[..., None]
    bound = (LIMIT - LOW) / (HIGH - LOW)
    return np.log1p(np.asarray(sequential.BETS) * (x - bound) / bound) + np.logaddexp(0.0, values)


def _strength(values: Floats) -> Floats:
    top = values.max(axis=-1)
    mean = np.exp(values - top[..., None]).mean(axis=-1)
    return np.asarray(top + np.log(mean) - math.log(sequential.threshold(RATE)))


def _found(strengths: Floats) -> NDArray[np.bool_]:
    """Return which models e-BH takes for real, in each tenant."""
    many = strengths.shape[1]
    ordered = -np.sort(-strengths, axis=1)
    enough = ordered >= np.log(many / np.arange(1, many + 1))
    largest = np.where(enough, np.arange(1, many + 1), 0).max(axis=1)
    level = np.where(largest > 0, ordered[np.arange(len(ordered)), largest - 1], np.inf)
    return np.asarray(strengths >= level[:, None])
