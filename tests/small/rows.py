"""Small streams to live on: x and y decide, a colour tells the sign of y; the concept may turn."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import polars as pl

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
A_DAY = 24


def stream(
    days: int, *, turn: int | None = None, seed: int = 3, word: str = "c", a_day: int = A_DAY
) -> pl.DataFrame:
    """Return `a_day` rows a day since `BEGIN`; from day `turn` on x works the other way round.

    The target is `left` (yes or no), known six hours later; `kind` has three classes, `price` is a
    number. Ids are `word` and a number.
    """
    random = np.random.default_rng(seed)
    count = days * a_day
    at = [BEGIN + (DAY / a_day) * i for i in range(count)]
    x, y, noise = random.normal(size=(3, count))
    turned = np.arange(count) // a_day >= (days if turn is None else turn)
    score = np.where(turned, -2.5, 2.5) * x + 0.5 * y
    left = random.random(count) < 1 / (1 + np.exp(-score))
    return pl.DataFrame(
        {
            "id": [f"{word}{i:05}" for i in range(count)],
            "at": at,
            "known": [time + 6 * HOUR for time in at],
            "x": x,
            "y": y,
            "colour": np.where(y > 0, f"{word}-red", f"{word}-blue"),
            "left": np.where(left, "yes", "no"),
            "kind": np.array(["low", "mid", "high"])[np.digitize(score + noise, [-1.0, 1.0])],
            "price": score * 10 + noise,
        }
    )


def between(table: pl.DataFrame, column: str, since: datetime, until: datetime) -> pl.DataFrame:
    return table.filter((pl.col(column) >= since) & (pl.col(column) < until))


def csv(table: pl.DataFrame) -> bytes:
    return table.write_csv().encode()


def parquet(table: pl.DataFrame) -> bytes:
    out = BytesIO()
    table.write_parquet(out)
    return out.getvalue()
