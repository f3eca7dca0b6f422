"""Shifts: what is said of columns, and of a day of a model's answers. Values only.

How they are found: `core/drift.py` for two tables, `core/shifting.py` for windows of answers.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenure.core.columns import Role
from tenure.core.words import count

NEGLIGIBLE = 0.02
"""A feature with less of the importance than this share of the most important one opens nothing."""


class Verdict(StrEnum):
    """What is said of a column."""

    DRIFTED = "drifted"
    STEADY = "steady"
    NOT_ENOUGH = "not enough data"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Shift:
    """What was found of one field in one window.

    `size` is the distance in floors and `usual` what quiet windows have on average, None when
    uncalibrated; `distance` is KS, or total variation of levels; `moved` is Wasserstein's in
    standard deviations, `missing` the change of the share without a value. `weight` is the
    importance as a share of the largest, None when it is not known.
    """

    name: str
    role: Role
    verdict: Verdict
    size: float = 0.0
    usual: float | None = None
    q: float = 1.0
    weight: float | None = None
    distance: float = 0.0
    moved: float = 0.0
    missing: float = 0.0
    words: str = ""

    @property
    def beyond(self) -> float:
        """How many floors it lies beyond what is usual."""
        return self.size - (self.usual or 0.0)

    @property
    def counts(self) -> bool:
        """Whether it may open a finding: it has drifted, more than is usual, in what the model uses."""
        return self.verdict is Verdict.DRIFTED and self.usual is not None and weighty(self)

    @property
    def rank(self) -> float:
        """Importance times drift: what is named first."""
        weight = 1.0 if self.weight is None else max(self.weight, NEGLIGIBLE)
        return weight * max(self.beyond, 0.0)


def weighty(one: Shift) -> bool:
    """Return whether the model looks at a column enough for its drift to matter."""
    return one.weight is None or one.weight >= NEGLIGIBLE


@dataclass(frozen=True, slots=True)
class DriftDay:
    """What was found on one day: the newest window of one version's answers."""

    id: str  # model/day
    tenant_id: str
    model_id: str
    version: int
    day: datetime  # the last of the window's
    days: int  # how long the window is
    rows: int
    shifts: tuple[Shift, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether anything could be said."""
        return any(one.verdict in {Verdict.DRIFTED, Verdict.STEADY} for one in self.shifts)

    def ranked(self) -> list[Shift]:
        """Return what drifted, the most telling first."""
        drifted = [one for one in self.shifts if one.verdict is Verdict.DRIFTED]
        return sorted(drifted, key=lambda one: (-one.rank, one.name))


def in_words(day: DriftDay, most: int = 5) -> str:
    """Return what drifted in one line."""
    ranked = day.ranked()
    if not ranked:
        return f"nothing drifted in {count(day.rows, 'row')}"
    named = [f"{one.name} ({one.words})" if one.words else one.name for one in ranked[:most]]
    more = f" and {len(ranked) - most} more" if len(ranked) > most else ""
    return "; ".join(named) + more
