"""Generated streams whose concept does something known: nothing, flips, turns, comes back.

Five numbers decide a truth that is a class or a number, with days that are luckier or unluckier than
others. What is asked before `LIVE` is history. Labels come a quarter of a day after the answer, or whole
weeks later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenure.core.models import Task

Floats = NDArray[np.float64]
BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
HISTORY = 90
"""Days before the model goes live."""
LIVE = BEGIN + HISTORY * DAY
FEATURES = tuple(f"f{place}" for place in range(6))
CHANGES: Mapping[str, int | None] = MappingProxyType(
    {"none": None, "abrupt": 80, "gradual": 60, "incremental": 30, "recurring": 70}
)
"""Each concept, and the live day on which it begins to change."""
_OLD = np.array([1.5, 1.0, -0.8, 0.5, 0.0, 0.0])
_NEW = np.array([-1.2, 0.2, 1.0, 0.5, 1.2, 0.0])
_LUCK = 0.25


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: what its concept does, what is predicted, and how many weeks late the truth is."""

    concept: str
    task: Task
    weeks: int = 0

    @property
    def name(self) -> str:
        """What its figures are called: `abrupt_regression`, `abrupt_binary_4w`."""
        late = f"_{self.weeks}w" if self.weeks else ""
        return f"{self.concept}_{self.task}{late}"

    @property
    def delay(self) -> timedelta:
        """From answer to label."""
        return DAY / 4 + self.weeks * WEEK

    @property
    def changed_at(self) -> datetime | None:
        """When its concept begins to change; None when it never does."""
        day = CHANGES[self.concept]
        return None if day is None else LIVE + day * DAY


def rows_of(stream: Stream, days: int, a_day: int, seed: int) -> pl.DataFrame:
    """Return history and `days` live days: id, at, known, the features and the truth `y`."""
    random = np.random.default_rng(seed)
    many = (HISTORY + days) * a_day
    day = np.arange(many) // a_day
    values = random.normal(size=(many, len(FEATURES)))
    share = _share(stream.concept, day - HISTORY, random)[:, None]
    score = (values * ((1 - share) * _OLD + share * _NEW)).sum(axis=1)
    score += 0.8 * values[:, 0] * values[:, 1] * (1 - share[:, 0]) + 0.5 * np.sin(2 * values[:, 3])
    score += _LUCK * random.normal(size=HISTORY + days)[day]
    truth = (
        2 * score + random.normal(size=many)
        if stream.task is Task.REGRESSION
        else (random.random(many) < 1 / (1 + np.exp(-1.5 * score))).astype(np.int64)
    )
    return pl.DataFrame(
        {
            "id": [f"r{number:06}" for number in range(many)],
            "at": [BEGIN + number * (DAY / a_day) for number in range(many)],
            **{name: values[:, place] for place, name in enumerate(FEATURES)},
            "y": truth,
        },
        schema_overrides={"at": pl.Datetime("us", "UTC")},
    ).with_columns(known=pl.col("at") + stream.delay)


def _share(concept: str, live: NDArray[np.int64], random: np.random.Generator) -> Floats:
    """Return how much of each row is the new concept, in [0, 1]; `live` is its live day."""
    begins = CHANGES[concept]
    if begins is None:
        return np.zeros(len(live))
    since = live - begins
    if concept == "abrupt":
        return (since >= 0).astype(np.float64)
    if concept == "gradual":  # ever more rows are of the new one, over two months
        return (random.random(len(live)) < np.clip(since / 60, 0, 1)).astype(np.float64)
    if concept == "incremental":  # the one becomes the other, over five months
        return np.clip(since / 150, 0, 1)
    is_new = np.logical_and(since >= 0, since // 70 % 2 == 0)
    return np.asarray(is_new, dtype=np.float64)
