"""Whether a compiled model says what the original says, and what an answer of it costs."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks.encode import Floats
from tenure.core.models import Task
from tenure.core.signatures import Signature

Facts = dict[str, float | int | str | None]
TOLERANCE = 1e-5
"""Largest difference of a probability; of a number, as a share of the answers' spread (or of the
answer itself, where it lies farther out than that)."""

_ALONE = 200  # rows that are also asked for one by one, and by two
_BATCH = 64
_ROUNDS = 5
_SECONDS = 0.15  # of measuring, per batch size


@dataclass(frozen=True, slots=True)
class Difference:
    """How far answers lie apart. `rank` is a share of all rows, `flips` counts other labels."""

    largest: float
    rank: float
    flips: int
    rows: int
    tolerance: float

    @property
    def is_small(self) -> bool:
        """Whether one may stand for the other."""
        return self.largest <= self.tolerance and self.flips == 0

    def facts(self) -> Facts:
        """Return the figures as evidence holds them."""
        return {
            "rows": self.rows,
            "max_difference": self.largest,
            "max_rank_difference": self.rank,
            "label_flips": self.flips,
            "tolerance": self.tolerance,
        }

    def __str__(self) -> str:
        return (
            f"differs by {self.largest:.3g} (allowed {self.tolerance:.3g}) "
            f"with {self.flips} other labels in {self.rows} rows"
        )


def compare(predictor: Any, table: pa.Table, expected: Floats, signature: Signature) -> Difference:
    """Ask for all rows at once, and for some by 1, 2 and 64: every answer counts."""
    answers = [(predictor.predict_table(table), expected)]
    columns = raw_columns(table)
    count = table.num_rows
    spread = np.unique(np.linspace(0, count - 1, min(count, _ALONE)).astype(np.int64))
    for size in (1, 2, _BATCH):
        starts = spread if size < _BATCH else np.arange(0, count, _BATCH)
        for start in starts[:_ALONE].tolist():
            end = min(start + size, count)
            part = {name: values[start:end] for name, values in columns.items()}
            found = np.asarray(predictor.predict(part, end - start), np.float64)
            answers.append((found, expected[start:end]))
    found = np.concatenate([one for one, _ in answers])
    wanted = np.concatenate([two for _, two in answers])
    return difference(found, wanted, signature)


def difference(found: Floats, wanted: Floats, signature: Signature) -> Difference:
    """Return how far answers lie from those that were wanted."""
    if found.shape != wanted.shape or not np.isfinite(found).all():
        return Difference(float("inf"), 1.0, len(wanted), len(wanted), TOLERANCE)
    tolerance, away = TOLERANCE, np.abs(found - wanted)
    if signature.task is Task.REGRESSION:
        spread = _spread(wanted)
        tolerance *= spread
        away = away * spread / np.maximum(np.abs(wanted), spread)  # of far answers, their share
    largest = float(away.max(initial=0.0))
    return Difference(
        largest,
        _ranks(found, wanted, tolerance),
        _flips(found, wanted, tolerance),
        len(wanted),
        tolerance,
    )


def _spread(wanted: Floats) -> float:
    """Return how far apart ordinary answers lie; those to extreme rows do not count."""
    low, high = np.percentile(wanted, [10, 90]) if len(wanted) else (0.0, 0.0)
    return max(float(high - low), float(np.median(np.abs(wanted))) * 1e-3, 1e-12)


def _ranks(found: Floats, wanted: Floats, tolerance: float) -> float:
    """Return the largest change of place, as a share; places that are tied anyway do not count."""
    most = 0.0
    for k in range(wanted.shape[1]):
        order = np.sort(wanted[:, k])
        places = np.searchsorted(np.sort(found[:, k]), found[:, k])
        low = np.searchsorted(order, wanted[:, k] - tolerance)
        high = np.searchsorted(order, wanted[:, k] + tolerance, side="right")
        away = np.maximum(np.maximum(low - places, places - high), 0)
        most = max(most, float(away.max(initial=0)) / max(len(order), 1))
    return most


def _flips(found: Floats, wanted: Floats, tolerance: float) -> int:
    """Return how many rows got another label, where the original was not undecided."""
    if wanted.shape[1] == 1:
        sure = np.abs(wanted[:, 0] - 0.5) > tolerance
        other = (found[:, 0] > 0.5) != (wanted[:, 0] > 0.5)  # noqa: PLR2004  # an even guess
        return int((sure & other & (wanted[:, 0] >= 0) & (wanted[:, 0] <= 1)).sum())
    first_two = np.sort(wanted, axis=1)[:, -2:]
    sure = first_two[:, 1] - first_two[:, 0] > tolerance
    return int((sure & (found.argmax(axis=1) != wanted.argmax(axis=1))).sum())


def raw_columns(table: pa.Table) -> dict[str, list[Any]]:
    """Return rows as serving hands them in: text, numbers, None for what is missing."""
    return {name: table.column(name).to_pylist() for name in table.column_names}


def cost(predictor: Any, table: pa.Table) -> dict[str, float]:
    """Return the microseconds that one row and 64 rows take: the quickest of some rounds."""
    columns = raw_columns(table)
    return {
        "row_micros": _micros(predictor, columns, 1, table.num_rows),
        "batch64_micros": _micros(predictor, columns, _BATCH, table.num_rows),
    }


def _micros(predictor: Any, columns: dict[str, list[Any]], size: int, count: int) -> float:
    parts = [
        {name: (values[at : at + size] * size)[:size] for name, values in columns.items()}
        for at in range(0, min(count, size * 16), size)
    ]
    best, until = float("inf"), time.perf_counter() + _SECONDS
    for _ in range(_ROUNDS):
        began = time.perf_counter_ns()
        for part in parts:
            predictor.predict(part, size)
        best = min(best, (time.perf_counter_ns() - began) / len(parts) / 1000)
        if time.perf_counter() > until:
            break
    return round(best, 2)
