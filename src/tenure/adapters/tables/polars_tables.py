"""The port `Tables`, with polars."""

from datetime import datetime
from typing import Any

from tenure.adapters.tables.asking import to_answer
from tenure.adapters.tables.judging import survey, to_judge
from tenure.adapters.tables.labels import labels_from, read_labels
from tenure.adapters.tables.parquet import to_parquet
from tenure.adapters.tables.predictions import predictions_from
from tenure.adapters.tables.segments import import_rows
from tenure.core.signatures import Signature
from tenure.core.spec.values import Spec
from tenure.ports.outcomes import NewLabel
from tenure.ports.tables import Asked, Imported, Judging, Labels, Predictions, Truths


class PolarsTables:
    """Reads and checks tables; keeps nothing between the calls."""

    def write(self, table: Any) -> bytes:
        return to_parquet(table)

    def import_rows(
        self,
        data: bytes,
        media: str,
        spec: Spec,
        signature: Signature | None,
        known_until: datetime | None,
    ) -> Imported:
        return import_rows(data, media, spec, signature, known_until)

    def labels_from(
        self,
        data: bytes,
        media: str,
        spec: Spec,
        signature: Signature,
        now: datetime,
        horizon: datetime | None = None,
    ) -> Labels:
        return labels_from(data, media, spec, signature, now, horizon)

    def survey(self, table: Any, judging: Judging, skip: tuple[str, ...]) -> Signature:
        return survey(table, judging, skip)

    def to_judge(self, table: Any, judging: Judging) -> Truths:
        return to_judge(table, judging)

    def read_labels(self, parquet: bytes) -> list[NewLabel]:
        return read_labels(parquet)

    def to_answer(
        self,
        table: Any,
        signature: Signature,
        key_columns: tuple[str, ...],
        time_column: str | None,
        now: datetime,
    ) -> Asked:
        return to_answer(table, signature, key_columns, time_column, now)

    def predictions_from(  # noqa: PLR0913  # one table, and all that dates and names its rows
        self,
        data: bytes,
        media: str,
        spec: Spec,
        signature: Signature,
        *,
        now: datetime,
        received: datetime,
        request_id: str,
        horizon: datetime | None = None,
    ) -> Predictions:
        return predictions_from(
            data,
            media,
            spec,
            signature,
            now=now,
            received=received,
            request_id=request_id,
            horizon=horizon,
        )
