"""An evaluation as one value: what was judged, on which rows, and everything that was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from tenure.core.evaluation.explanation import Explanation
from tenure.core.evaluation.figures import Difference, Measured, Period
from tenure.core.evaluation.groups import Fairness
from tenure.core.evaluation.influence import Importance
from tenure.core.evaluation.requirements import Judged
from tenure.core.evaluation.slices import Search
from tenure.core.models import Task
from tenure.core.stats.resampling import Draws
from tenure.core.words import count, number

FORMAT = 1
_LARGE = 1e9


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: a model's file or a column of answers; `runtime` is what answered for it."""

    name: str
    runtime: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """The rows. `put_aside` are rows that could not be used: reason → (rows, an example)."""

    name: str
    rows: int
    target: str
    put_aside: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    time: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """How intervals were made."""

    confidence: float
    replicates: int
    groups: int
    of_days: bool
    seed: int

    @staticmethod
    def of(draws: Draws, seed: int) -> "Method":
        """Return what the draws were."""
        return Method(draws.confidence, draws.replicates, draws.groups, draws.of_days, seed)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A second set of answers for the same rows, and challenger minus first, figure by figure."""

    subject: Subject
    measured: Measured
    differences: tuple[Difference, ...]

    def of(self, metric: str) -> Difference | None:
        """Return the difference of one figure."""
        return next((one for one in self.differences if one.name == metric), None)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was found. `metric` is the headline; `threshold` is 0 outside binary tasks."""

    subject: Subject
    data: Data
    task: Task
    metric: str
    method: Method
    measured: Measured
    classes: tuple[str, ...] = ()
    threshold: float = 0.0
    periods: tuple[Period, ...] = ()
    search: Search | None = None
    fairness: tuple[Fairness, ...] = ()
    robustness: tuple[Importance, ...] = ()
    explanation: Explanation | None = None
    challenge: Challenge | None = None
    requirements: tuple[Judged, ...] = ()

    @property
    def verdict(self) -> str:
        """Return `refused`, `unknown` or `passed` for the requirements; `measured` without any."""
        held = [one.holds for one in self.requirements]
        if False in held:
            return "refused"
        if None in held:
            return "unknown"
        return "passed" if held else "measured"

    def as_dict(self) -> dict[str, Any]:
        """Return what is written as JSON: format 1, no NaN, no infinity."""
        plain: dict[str, Any] = _plain(self)
        return {"format": FORMAT, "verdict": self.verdict, **plain}


def in_words(evaluation: Evaluation) -> str:
    """Return the outcome in one line."""
    figure = evaluation.measured.figure(evaluation.metric)
    name = evaluation.metric.replace("_", " ")
    if figure is None or figure.interval.value is None:
        return f"{name} is not defined on {count(evaluation.data.rows, 'row')}"
    interval = figure.interval
    between = ""
    if interval.low is not None and interval.high is not None:
        between = f" ({_short(interval.low)} to {_short(interval.high)})"
    said = (
        f"{name} {_short(interval.value or 0.0)}{between} on {count(evaluation.data.rows, 'row')}"
    )
    return f"{said}; {_beside_baseline(evaluation)}"


def _beside_baseline(evaluation: Evaluation) -> str:
    skill = evaluation.measured.skill
    if skill is None or skill.first is None:
        return "no baseline"
    words = {
        "better": "better than the best constant",
        "worse": "worse than the best constant",
    }
    found = words.get(skill.verdict, "not shown to be better than the best constant")
    return f"{found} ({_short(skill.first)})"


def _short(value: float) -> str:
    return number(value) if abs(value) < _LARGE else f"{value:.4g}"


def _plain(value: Any) -> Any:
    """Return values, mappings, tuples and dataclasses as JSON has them."""
    if is_dataclass(value) and not isinstance(value, type):
        said = {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
        for extra in ("verdict", "better"):
            if hasattr(type(value), extra) and not isinstance(value, Evaluation):
                said[extra] = getattr(value, extra)
        return said
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if np.isfinite(value) else None
    return value
