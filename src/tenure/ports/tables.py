"""Tables from outside: bytes of CSV, Parquet or JSON in, checked and normalised columns out.

Every row that does not fit is counted under a reason with one example; the good rows are kept.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.spec.values import Spec
from tenure.ports.outcomes import NewLabel

Quarantine = dict[str, tuple[int, str]]
"""Reason → (rows put aside, one example, shortened)."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A dataset segment made from a client's table.

    `parquet` has the columns that `core/datasets.py` names, in order of (`__time`, `__key`); rows
    without a time keep the order of the file. `left_out` says of each column that did not become
    a feature why. `first_time`, `last_time` and `last_known` are the bounds of `__time` and the
    newest `__known_at`; None without a time column.
    """

    signature: Signature
    parquet: bytes
    rows: int
    quarantined: Quarantine
    left_out: dict[str, str] = field(default_factory=dict)
    first_time: datetime | None = None
    last_time: datetime | None = None
    last_known: datetime | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels that can be joined. `parquet` is for `read_labels`, in the worker."""

    parquet: bytes
    rows: int
    quarantined: Quarantine


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions made elsewhere, as a `pyarrow.Table` with `FRAME_COLUMNS` and `f:` columns."""

    table: Any
    rows: int
    quarantined: Quarantine


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows that a model can answer, in columns.

    `features` is a `pyarrow.Table` of the signature's features; `table` (a `polars.DataFrame`) has
    the columns request_id and row (null where none was brought), key, time, and the key columns as
    they came, prefixed `key:`. `places` are the rows' places in the part.
    """

    features: Any
    table: Any
    rows: int
    quarantined: Quarantine


@dataclass(frozen=True, slots=True)
class Judging:
    """Which columns of a table are judged, and how they are read.

    `answers` are sets of columns of answers that are there already: a set is one column, or one per
    class. `task` None is found out; `classes` () too.
    """

    target: str
    task: Task | None = None
    classes: tuple[str, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    time: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Truths:
    """Rows whose truth (and whose answer, when there are `answers`) can be used.

    `labels` [n] are class indices or numbers, `answers` [sets, n, width], `instants` [n] seconds since
    1970 (empty without a time); `places` [n] are the rows' places in the table.
    """

    labels: NDArray[np.float64]
    answers: NDArray[np.float64]
    instants: NDArray[np.float64]
    places: NDArray[np.int64]
    quarantined: Quarantine


class Tables(Protocol):
    """Reads and checks tables. Pure apart from computing: no file, no network, no clock."""

    def write(self, table: Any) -> bytes:
        """Return the table as Parquet; equal tables give equal bytes."""
        ...

    def import_rows(
        self,
        data: bytes,
        media: str,
        spec: Spec,
        signature: Signature | None,
        known_until: datetime | None,
    ) -> Imported:
        """Return a client's CSV or Parquet as a segment; with a signature its types hold.

        Fields of CSV are trimmed; empty, NA, N/A, null, NULL and None are missing, NaN is not.

        Declared columns keep their declared types, the others are inferred. Rows dated after
        `known_until` are put aside. Raises `dataset.malformed`, `dataset.bad_media`,
        `dataset.missing_column`, `dataset.not_binary`, `dataset.too_many_classes`,
        `dataset.no_features`, `dataset.no_rows`. Reasons: row.malformed,
        row.unlabelled, row.unknown_class, row.bad_type, row.not_finite, row.out_of_range,
        row.unknown_level, row.missing_value, row.bad_time, row.future_time, row.missing_key,
        row.duplicate_key.
        """
        ...

    def labels_from(
        self,
        data: bytes,
        media: str,
        spec: Spec,
        signature: Signature,
        now: datetime,
        horizon: datetime | None = None,
    ) -> Labels:
        """Return posted labels; those without an event time are dated `now` (business time).

        What is dated after `horizon` (`now` when left out) is put aside as label.future.

        Rows are joined by the key columns when they are there, else by `request_id` and `row`
        (0 when left out). Raises `label.malformed`, `label.missing_column`. Reasons:
        label.malformed, label.unknown_class, label.future.
        """
        ...

    def survey(self, table: Any, judging: Judging, skip: tuple[str, ...]) -> Signature:
        """Return what a `polars.DataFrame` is about: its task, its classes, its other columns.

        Columns named in `skip`, those of `judging` and instants are no features. Raises
        `evaluate.missing_column`, `dataset.not_binary`, `dataset.one_class`,
        `dataset.too_many_classes`.
        """
        ...

    def to_judge(self, table: Any, judging: Judging) -> Truths:
        """Return the truths and answers of a `polars.DataFrame`; task and classes are known.

        Raises `evaluate.missing_column`. Reasons: row.unlabelled, row.unknown_class, row.bad_type,
        row.not_finite, row.bad_output, row.bad_time.
        """
        ...

    def read_labels(self, parquet: bytes) -> list[NewLabel]:
        """Return the labels that `labels_from` made."""
        ...

    def to_answer(
        self,
        table: Any,
        signature: Signature,
        key_columns: tuple[str, ...],
        time_column: str | None,
        now: datetime,
    ) -> Asked:
        """Return the rows of a `polars.DataFrame` as serving would understand them.

        Raises `batch.missing_column`. Reasons: row.bad_type, row.not_finite, row.out_of_range,
        row.missing_value, row.bad_time, row.future_time.
        """
        ...

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
        """Return predictions made elsewhere as frames of the lane `champion`.

        Rows without a `request_id` get the one handed in and their place in the table as `row`;
        rows without a time are dated `now` (business time). The output is `probability` (binary),
        `probability` as a list or `probability.<class>` columns (multiclass), or `value`. Features
        may be left out. Raises `prediction.malformed`, `prediction.missing_column`. Reasons: row.malformed,
        row.bad_output, row.bad_type, row.not_finite, row.bad_time, row.future_time,
        row.bad_version, row.duplicate_request.
        """
        ...
