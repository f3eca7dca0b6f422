"""What a model must reach to pass: `auc >= 0.8`, told before the figures are known."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tenure.core.errors import invalid
from tenure.core.evaluation.figures import BETTER, Measured
from tenure.core.stats.resampling import Interval

_FORM = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(>=|<=|>|<)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*")
_HOLDS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A bound on a figure. `surely`: the whole interval has to be on the right side of it."""

    figure: str
    sign: str
    bound: float
    surely: bool = False

    def __str__(self) -> str:
        return f"{self.figure} {self.sign} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A requirement beside what was measured. `holds` is None when the figure is not known."""

    requirement: Requirement
    holds: bool | None
    reason: str


def requirement(text: str, *, surely: bool = False) -> Requirement:
    """Return the requirement that a text says; raise `evaluate.bad_requirement`."""
    found = _FORM.fullmatch(text)
    try:
        bound = float(found[3]) if found else 0.0
    except ValueError:
        found = None
    if found is None:
        raise invalid(
            "evaluate.bad_requirement",
            f"{text!r} is no requirement",
            hint="write a figure, a sign and a number: auc>=0.8",
        )
    if found[1] not in BETTER:
        raise invalid(
            "evaluate.no_figure",
            f"there is no figure {found[1]!r}",
            hint=f"known: {', '.join(BETTER)}",
        )
    return Requirement(found[1], found[2], bound, surely)


def judged(wanted: Iterable[Requirement], measured: Measured) -> tuple[Judged, ...]:
    """Return whether each requirement holds; a figure that is not known passes nothing."""
    return tuple(_judged(one, measured) for one in wanted)


def _judged(wanted: Requirement, measured: Measured) -> Judged:
    figure = measured.figure(wanted.figure)
    if figure is None:
        return Judged(wanted, None, f"{wanted.figure} is not measured for this task")
    interval = figure.interval
    value = _edge(wanted, interval) if wanted.surely else interval.value
    if value is None:
        return Judged(wanted, None, f"{wanted.figure}: {interval.reason or 'no interval'}")
    holds = _HOLDS[wanted.sign](value, wanted.bound)
    what = "the interval's worse end" if wanted.surely else "it"
    return Judged(wanted, holds, f"{what} is {value:.6g}")


def _edge(wanted: Requirement, interval: Interval) -> float | None:
    return interval.low if wanted.sign in {">=", ">"} else interval.high
