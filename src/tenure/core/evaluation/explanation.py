"""What each input adds to the answers: importance with intervals, and how answers follow its values.

A contribution is a Shapley value (Lundberg & Lee 2017): contributions of one row add up to its answer
minus a constant. Trees of LightGBM, XGBoost and CatBoost give theirs exactly; of anything else they are
sampled over orders of the inputs and rows of the data (Štrumbelj & Kononenko 2014), with a standard error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tenure.core.stats.losses import Floats
from tenure.core.stats.resampling import Draws, Interval

EXACT, SAMPLED = "exact", "sampled"


@dataclass(frozen=True, slots=True)
class Step:
    """A point of an effect: the input's value (or its name), and the answer against the mean."""

    at: float
    name: str
    effect: Interval


@dataclass(frozen=True, slots=True)
class Input:
    """One input. `importance` is the mean size of its contribution; `error` is what sampling leaves.

    `effect` is the accumulated local effect of a number (Apley & Zhu 2020), on the answer's scale,
    or the mean answer with each level put in.
    """

    name: str
    importance: Interval
    share: float
    error: float = 0.0
    effect: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the answers come about, on `rows` rows. `scale` is what contributions are told in."""

    method: str
    scale: str
    rows: int
    inputs: tuple[Input, ...]
    permutations: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether nothing was sampled."""
        return self.method == EXACT


def importances(
    names: Sequence[str], contributions: Floats, draws: Draws, errors: Floats | None = None
) -> list[Input]:
    """Return the inputs, the most important first; `contributions` [rows, outputs, inputs]."""
    sizes = np.abs(contributions).sum(axis=1)
    ones = draws.by_group(np.ones(len(sizes)))
    total = float(sizes.mean(axis=0).sum()) or 1.0
    drawn_rows = draws.drawn(ones)
    found = []
    for place, name in enumerate(names):
        each = sizes[:, place]
        replicates = draws.drawn(draws.by_group(each)) / drawn_rows
        value = float(each.mean())
        error = 0.0 if errors is None else float(errors[place])
        found.append(Input(name, draws.interval(value, replicates), value / total, error))
    return sorted(found, key=lambda one: -(one.importance.value or 0.0))


def accumulated(edges: Floats, differences: Sequence[Floats], z: float) -> tuple[Step, ...]:
    """Return the accumulated local effect from the answers' differences across each bin.

    `edges` [bins + 1] rise; `differences` are those of the rows in each bin. The effect is centred
    on the rows; its interval adds up the bins' standard errors.
    """
    counts = np.array([len(one) for one in differences], dtype=np.float64)
    means = np.array([one.mean() if len(one) else 0.0 for one in differences])
    spreads = np.array([one.var(ddof=1) / len(one) if len(one) > 1 else 0.0 for one in differences])
    risen = np.concatenate([[0.0], np.cumsum(means)])
    middles = (risen[:-1] + risen[1:]) / 2.0
    level = float((middles * counts).sum() / max(1.0, counts.sum()))
    middle = int(np.argmin(np.abs(risen - level)))
    summed = np.concatenate([[0.0], np.cumsum(spreads)])
    reach = z * np.sqrt(np.abs(summed - summed[middle]))
    return tuple(
        Step(float(edge), f"{edge:.4g}", Interval(float(v), float(v - r), float(v + r)))
        for edge, v, r in zip(edges, risen - level, reach, strict=True)
    )
