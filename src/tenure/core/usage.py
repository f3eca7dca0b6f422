"""Usage: what a tenant used in a calendar month (UTC, machine time), and what that costs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

GIB = 1024**3
_THOUSAND = 1000


class Used(StrEnum):
    """What is counted."""

    PREDICTIONS = "predictions"  # rows that clients were answered, or logged from elsewhere
    TRAINING = "training"  # CPU seconds of trainings and trials
    STORED = "stored"  # bytes, measured once a day and added up


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of one thing a tenant used in one month. `id` is `2026-03/training`.

    `times` is how often something was added: what is measured daily has its mean by it.
    """

    id: str
    tenant_id: str
    amount: float = 0.0
    times: int = 0
    added_at: datetime | None = None  # last


@dataclass(frozen=True, slots=True)
class Prices:
    """What is charged for a unit; the operator's own figures."""

    currency: str = "EUR"
    train_minute: float = 0.0  # of CPU
    predictions: float = 0.0  # a thousand of them
    stored: float = 0.0  # a GiB for a month


@dataclass(frozen=True, slots=True)
class Month:
    """A tenant's month. `stored_bytes` is what it stores now, or stored on average in a past month."""

    tenant_id: str
    month: str
    models: int | None  # now; None for a past month
    stored_bytes: int
    train_minutes: float
    predictions: int
    train_cost: float
    prediction_cost: float
    storage_cost: float
    cost: float
    currency: str


def month_of(at: datetime) -> str:
    """Return the calendar month that holds an instant: `2026-03`."""
    return f"{at:%Y-%m}"


def usage_id(month: str, used: Used) -> str:
    """Return the id of what a month's use of something is kept under."""
    return f"{month}/{used}"


def months_of(
    tenant_id: str, rows: Iterable[Usage], prices: Prices, now: tuple[str, int, int]
) -> list[Month]:
    """Return a tenant's months, the oldest first, with what each costs.

    `now` is the month that is under way, and the models and bytes of this moment.
    """
    current, models, stored = now
    found: dict[str, dict[str, Usage]] = {current: {}}
    for row in rows:
        month, _, used = row.id.partition("/")
        found.setdefault(month, {})[used] = row
    return [
        _month(
            tenant_id, month, found[month], prices, (models, stored) if month == current else None
        )
        for month in sorted(found)
    ]


def _month(
    tenant_id: str,
    month: str,
    rows: dict[str, Usage],
    prices: Prices,
    present: tuple[int, int] | None,
) -> Month:
    measured = rows.get(Used.STORED, Usage("", ""))
    mean = measured.amount / measured.times if measured.times else 0.0
    models, stored = present if present is not None else (None, round(mean))
    minutes = rows.get(Used.TRAINING, Usage("", "")).amount / 60
    predictions = round(rows.get(Used.PREDICTIONS, Usage("", "")).amount)
    training = minutes * prices.train_minute
    answering = predictions / _THOUSAND * prices.predictions
    storing = (mean or stored) / GIB * prices.stored
    return Month(
        tenant_id,
        month,
        models,
        stored,
        round(minutes, 3),
        predictions,
        round(training, 4),
        round(answering, 4),
        round(storing, 4),
        round(training + answering + storing, 4),
        prices.currency,
    )
