"""The rows of a dataset version, in columns; and what the log has learnt since, appended to it."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import polars as pl

from tenure.core.calendar import day_of
from tenure.core.columns import ColumnType
from tenure.core.datasets import DatasetVersion, Segment
from tenure.core.deployments import CHAMPION
from tenure.core.models import Model
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.core.signatures import Signature
from tenure.core.studies import Run
from tenure.ports.work import Columns, UnitOfWork
from tenure.services.house import House
from tenure.services.parquet import frame, parquet

TIMES = pl.Datetime("us", "UTC")


class _Recent:
    """The rows of the versions that were read last; versions never change, so neither do they.

    A race reads one version five times over: to plan, for each training, and to judge.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._tables: OrderedDict[tuple[str, str], pl.DataFrame] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, str], read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return the table under the tenant's key, reading it when it is not there."""
        with self._lock:
            if key in self._tables:
                self._tables.move_to_end(key)
                return self._tables[key]
        table = read()
        with self._lock:
            self._tables[key] = table
            while len(self._tables) > 1 and self._bytes() > self._most_bytes:
                self._tables.popitem(last=False)
        return table

    def _bytes(self) -> int:
        return sum(int(table.estimated_size()) for table in self._tables.values())


_recent = _Recent(256 * 1024 * 1024)


def rows_of(house: House, dataset: DatasetVersion) -> pl.DataFrame:
    """Return every row of the version; a key that came again in a later segment replaces it."""
    key = (dataset.tenant_id, dataset.digest)
    return _recent.get(key, lambda: _read_rows(house, dataset))


def _read_rows(house: House, dataset: DatasetVersion) -> pl.DataFrame:
    parts = [frame(house.blobs.get(segment.digest)) for segment in dataset.segments]
    table = pl.concat(parts, how="vertical_relaxed") if len(parts) > 1 else parts[0]
    keyed = pl.col("__key").is_not_null()
    newest = table.filter(keyed).unique("__key", keep="last", maintain_order=True)
    return pl.concat([table.filter(~keyed), newest]).sort("__time", "__key", nulls_last=False)


def learnt(
    house: House,
    work: UnitOfWork,
    model: Model,
    signature: Signature,
    known_from: datetime,
    known_until: datetime,
) -> pl.DataFrame:
    """Return the rows whose label became known in [known_from, known_until), as a segment."""
    labelled = work.outcomes.labelled(
        model.tenant_id, model.id, known_from=known_from, known_until=known_until
    )
    if not labelled.label:
        return pl.DataFrame()
    logged = logged_rows(house, work, model, min(labelled.made_at), max(labelled.made_at))
    answered = logged.filter((pl.col("lane") == CHAMPION) & (pl.col("status") == "ok"))
    joined = as_frame(labelled).join(answered, on=["request_id", "row"], how="inner")
    features = [_feature(column.name, column.type, joined) for column in signature.features]
    return joined.select(
        pl.col("key").cast(pl.String).alias("__key"),
        pl.col("time").alias("__time"),
        pl.col("labelled_at").alias("__known_at"),
        pl.col("label").alias("__label"),
        *features,
    ).sort("__time", "__key")


def _feature(name: str, kind: ColumnType, table: pl.DataFrame) -> pl.Expr:
    dtype = pl.String if kind is ColumnType.CATEGORY else pl.Float64
    logged = f"{FEATURE_PREFIX}{name}"
    if logged not in table.columns:
        return pl.lit(None, dtype).alias(name)
    return pl.col(logged).cast(dtype).alias(name)


def logged_rows(
    house: House, work: UnitOfWork, model: Model, since: datetime, until: datetime
) -> pl.DataFrame:
    """Return the logged answers of the days that hold [since, until], in order, each answer once.

    The order is that of business time: chunks come in any order, and sums and last rows must not.
    """
    chunks = work.chunks.list(
        model.tenant_id,
        model_id=model.id,
        day__gte=day_of(since),
        day__lt=day_of(until) + timedelta(days=1),
        limit=1_000_000,
    )
    if not chunks:
        return pl.DataFrame()
    parts = [frame(house.blobs.get(c.digest)) for c in chunks]
    name = ["request_id", "row", "lane"]
    table = pl.concat(parts, how="diagonal_relaxed").sort("time", *name, "received")
    return table.unique(name, keep="first", maintain_order=True)


def as_frame(columns: Columns) -> pl.DataFrame:
    """Return labelled predictions as a table."""
    return pl.DataFrame(
        {
            "request_id": columns.request_id,
            "row": columns.row,
            "label": columns.label,
            "labelled_at": columns.labelled_at,
        },
        schema={
            "request_id": pl.String,
            "row": pl.Int32,
            "label": pl.Float64,
            "labelled_at": TIMES,
        },
    )


def as_segment(house: House, table: pl.DataFrame) -> Segment:
    """Store the rows as an immutable segment."""
    data = parquet(table)
    return Segment(house.blobs.put(data), table.height, len(data))


UNTIMED_HOLDOUT = 0.2
"""Share of newest rows that is held out where rows carry no time."""


def with_roles(table: pl.DataFrame, run: Run) -> pl.DataFrame:
    """Add `__role`: train, holdout, or null for rows that this run does not touch.

    A row trains when its label was known before the holdout began (purged by the label delay) and
    its prediction lies in the window; it is held out when it was made within the holdout.
    """
    if table["__time"].null_count() == table.height:
        cut = int(table.height * (1 - UNTIMED_HOLDOUT))
        role = (
            pl.when(pl.int_range(pl.len()) < cut).then(pl.lit("train")).otherwise(pl.lit("holdout"))
        )
        return table.with_columns(role.alias("__role"))
    trains = (pl.col("__known_at") < run.train_until) & (pl.col("__time") < run.train_until)
    if run.train_from is not None:
        trains &= pl.col("__time") >= run.train_from
    held_out = (pl.col("__time") >= run.holdout_from) & (pl.col("__time") < run.holdout_until)
    role = (
        pl.when(trains)
        .then(pl.lit("train"))
        .when(held_out & (pl.col("__known_at") < run.holdout_until))
        .then(pl.lit("holdout"))
    )
    return table.with_columns(role.alias("__role"))
