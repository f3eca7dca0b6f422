"""Synthetic rows: eighteen numbers, a key, two times, and a target that follows four of them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

FEATURES = tuple(f"f{place:02}" for place in range(18))
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
LABEL_DELAY = timedelta(hours=6)


def rows(count: int, days: int, seed: int = 7) -> pl.DataFrame:
    """Return `count` rows spread evenly over the days, in time order; the same for a seed."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, len(FEATURES)))
    score = values[:, 0] + values[:, 1] * values[:, 2] - np.abs(values[:, 3])
    target = random.random(count) < 1 / (1 + np.exp(-score))
    step = timedelta(days=days) // count
    return pl.DataFrame(
        {
            "id": [f"r{number:07}" for number in range(count)],
            "at": [BEGIN + number * step for number in range(count)],
            **{name: values[:, place] for place, name in enumerate(FEATURES)},
            "y": target.astype(np.int64),
        }
    ).with_columns(known=pl.col("at") + LABEL_DELAY)
