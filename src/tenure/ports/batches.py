"""A batch: the rows of a table, part by part, and where their answers go.

A part is what is answered, logged and stored together. Parts of a source are always the same and in
the same order, so that a batch that was cut goes on with the first part that is not stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from tenure.ports.tables import Quarantine

PART_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows. `table` is a `polars.DataFrame`; `quarantined` are rows that are none."""

    table: Any
    quarantined: Quarantine


@dataclass(frozen=True, slots=True)
class Begun:
    """How far a batch has come. All its parts are answered by one release."""

    id: str
    release: str  # digest
    parts: int = 0
    rows: int = 0  # read
    answered: int = 0
    quarantined: Quarantine = field(default_factory=dict)


class Source(Protocol):
    """Where rows come from. `name` tells sources of other rows apart; `rows` is None when unknown."""

    name: str
    rows: int | None

    def parts(self, skip: int) -> Iterator[Part]:
        """Yield the parts after the first `skip`, of about `PART_ROWS` rows.

        Raises `batch.malformed`, `batch.not_found` or `warehouse.failed`.
        """
        ...


class Sink(Protocol):
    """Where answers go, each part exactly once, whatever is killed when."""

    def begin(self, what: str, fresh: Begun) -> Begun:
        """Return how far an interrupted batch of the same `what` has come, else begin `fresh`.

        Raises `batch.exists`, `batch.other` or `batch.busy`.
        """
        ...

    def write(self, after: Begun, table: Any) -> None:
        """Store a part's answers (a `polars.DataFrame`) and the state after it, or neither."""
        ...

    def finish(self, last: Begun) -> None:
        """Make the whole result visible."""
        ...

    def close(self) -> None:
        """Let go of it, finished or not; another process may go on."""
        ...
