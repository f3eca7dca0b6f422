"""Usage: what was counted is charged by the operator's prices, month by month."""

from datetime import UTC, datetime

from tenure.core.usage import GIB, Prices, Usage, Used, month_of, months_of, usage_id

PRICES = Prices("USD", train_minute=0.5, predictions=0.1, stored=2.0)


def used(month: str, what: Used, amount: float, times: int = 1) -> Usage:
    return Usage(usage_id(month, what), "DL", amount, times)


def test_a_month_costs_its_minutes_its_thousands_and_its_mean_gibibytes() -> None:
    rows = [
        used("2026-01", Used.PREDICTIONS, 250_000),
        used("2026-01", Used.TRAINING, 90.0),
        used("2026-01", Used.STORED, 3.0 * GIB, times=2),  # measured on two days
    ]
    past, now = months_of("DL", rows, PRICES, ("2026-02", 4, 2 * GIB))
    assert (past.month, past.models, past.stored_bytes) == ("2026-01", None, 1.5 * GIB)
    assert (past.train_minutes, past.predictions) == (1.5, 250_000)
    assert (past.train_cost, past.prediction_cost, past.storage_cost) == (0.75, 25.0, 3.0)
    assert (past.cost, past.currency) == (28.75, "USD")
    assert (now.month, now.models, now.stored_bytes) == ("2026-02", 4, 2 * GIB)
    assert now.cost == 4.0  # nothing was measured yet: what is there now counts


def test_a_month_ends_at_midnight_in_utc() -> None:
    assert month_of(datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)) == "2026-01"
    assert month_of(datetime(2026, 2, 1, tzinfo=UTC)) == "2026-02"
