"""Predictions that wait for their labels, and the joining: columns in, columns out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Made:
    """Predictions that wait for their labels, in columns of equal length.

    `made_at` is in microseconds since 1970, UTC; `key` is None where a row has none.
    """

    request_id: list[str]
    row: list[int]
    key: list[str | None]
    made_at: list[int]


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A label to be joined: by `key`, or by `request_id` and `row`."""

    key: str | None
    request_id: str | None
    row: int
    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class JoinResult:
    """What a batch of labels did. `days` are the UTC days of the predictions that changed."""

    joined: int
    repeated: int
    corrected: int
    unknown: tuple[NewLabel, ...]
    days: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Labelled predictions in columns of equal length, ordered by made_at, request id, row."""

    request_id: list[str]
    row: list[int]
    made_at: list[datetime]
    label: list[float]
    labelled_at: list[datetime]


class Outcomes(Protocol):
    """Predictions that wait for labels, and the joining. Bulk operations only."""

    def add_predictions(self, tenant_id: str, model_id: str, made: Made) -> int:
        """Insert predictions; those already there are left alone. Return how many were new."""
        ...

    def join(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> JoinResult:
        """Join labels to predictions. Repeats are ignored, different values are corrections."""
        ...

    def keep_waiting(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> None:
        """Remember labels without a prediction; the same label twice is kept once."""
        ...

    def waiting(
        self,
        tenant_id: str,
        model_id: str,
        *,
        answered_by: Made | None = None,
        limit: int | None = None,
    ) -> list[NewLabel]:
        """Return the remembered labels, the oldest first.

        With `answered_by` only those that waited for these predictions, which have been added.
        """
        ...

    def forget_waiting(self, tenant_id: str, model_id: str, before: datetime) -> int:
        """Remove remembered labels dated before `before` (quarantine). Return how many."""
        ...

    def drop_waiting(self, tenant_id: str, model_id: str, labels: Sequence[NewLabel]) -> None:
        """Remove remembered labels that have been joined."""
        ...

    def labelled(
        self,
        tenant_id: str,
        model_id: str,
        *,
        made_from: datetime | None = None,
        made_until: datetime | None = None,
        known_until: datetime | None = None,
        known_from: datetime | None = None,
    ) -> Columns:
        """Return labelled predictions in columns; bounds are [from, until)."""
        ...

    def forget(self, tenant_id: str, model_id: str, made_before: datetime) -> int:
        """Remove predictions made before an instant, with their labels. Return how many."""
        ...

    def counts(self, tenant_id: str, model_id: str) -> dict[str, int]:
        """Return {"predictions": n, "labelled": n, "waiting": n}."""
        ...
