"""Columns of a table that may be larger than memory, for what looks at each column by itself."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class Columns(Protocol):
    """A table, read as often as is asked.

    `name` is what people call it; `rows` is None until it is known, at the latest after a reading.
    `is_text` says that every column is text, whatever it means: a CSV has no types. `apart` says
    that one column costs no more than its share of the table. `left_out` is how many rows of the
    last reading were torn.
    """

    name: str
    rows: int | None
    names: Sequence[str]
    is_text: bool
    apart: bool
    left_out: int

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield a `pyarrow.RecordBatch` of these columns after another, in the table's order.

        Text may be dictionary-encoded. Raises `drift.malformed`.
        """
        ...
