"""The sieve: which rows of a table are still good, and why the others are not."""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenure.ports.tables import Quarantine

SAMPLE_CHARACTERS = 200

Mask = NDArray[np.bool_]


class Sieve:
    """Rows fall out under the first reason that is met. `numbers` name rows in their source."""

    def __init__(self, numbers: NDArray[np.int64], word: str = "row") -> None:
        self.alive: Mask = np.ones(len(numbers), dtype=np.bool_)
        self.numbers = numbers
        self.quarantined: Quarantine = {}
        self._word = word

    def put_aside(
        self, reason: str, bad: pl.Series | Mask, values: pl.Series | None = None, name: str = ""
    ) -> None:
        """Take the bad rows out; the first one is the example."""
        newly = mask(bad) & self.alive
        rows = int(newly.sum())
        if rows == 0:
            return
        first = int(np.argmax(newly))
        self.count(reason, rows, self._example(first, values, name))
        self.alive &= ~newly

    def count(self, reason: str, rows: int, example: str) -> None:
        """Count rows that are not in the table any more."""
        before, kept = self.quarantined.get(reason, (0, example[:SAMPLE_CHARACTERS]))
        self.quarantined[reason] = (before + rows, kept)

    def keep(self, values: pl.Series) -> pl.Series:
        """Return the values of the good rows."""
        return values if self.alive.all() else values.filter(pl.Series(self.alive))

    def firsts(self, values: Iterable[pl.Series]) -> Mask:
        """Return which good rows are the first with their values."""
        table = pl.DataFrame([one.alias(str(i)) for i, one in enumerate(values)])
        first = np.ones(len(self.alive), dtype=np.bool_)
        good = table.filter(pl.Series(self.alive))
        first[self.alive] = (
            good.select(pl.struct(pl.all()).is_first_distinct()).to_series().to_numpy()
        )
        return first

    def _example(self, index: int, values: pl.Series | None, name: str) -> str:
        place = f"{self._word} {self.numbers[index]}"
        if values is None:
            return place
        value = values[index]
        shown = f'"{value}"' if isinstance(value, str) else "missing" if value is None else value
        return f"{place}: {name} = {shown}"


def mask(bad: pl.Series | Mask) -> Mask:
    """Return a mask of truth values; null is false."""
    if not isinstance(bad, pl.Series):
        return bad
    return (bad.fill_null(value=False) if bad.null_count() else bad).to_numpy()
