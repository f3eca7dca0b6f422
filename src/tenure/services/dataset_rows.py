"""The rows of a dataset version, in columns; and what the log has learnt since, appended to it."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from threading import Lock

import polars as pl

from tenure.core.columns import ColumnType
from tenure.core.datasets import DatasetVersion, Segment
from tenure.core.deployments import ANSWERED
from tenure.core.models import Model
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.core.retraining import Instants, in_window
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.core.studies import Run
from tenure.ports.outcomes import Columns
from tenure.ports.work import UnitOfWork
from tenure.services.house import House
from tenure.services.logged import logged_rows
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
    parts = [_columns(frame(house.blobs.get(s.digest)), dataset) for s in dataset.segments]
    table = pl.concat(parts, how="vertical_relaxed") if len(parts) > 1 else parts[0]
    newest = pl.col("__key").is_null() | pl.col("__key").is_last_distinct()
    rows = table.filter(newest)
    return rows if untimed(rows) else rows.sort("__time", "__key", maintain_order=True)


def _columns(part: pl.DataFrame, dataset: DatasetVersion) -> pl.DataFrame:
    """Return a segment with the columns of the version; one that it does not have is missing."""
    features = [_feature(c.name, c.type, part) for c in dataset.signature.features]
    return part.select("__key", "__time", "__known_at", "__label", *features)


def untimed(table: pl.DataFrame) -> bool:
    """Return whether no row carries a time; rows then count in the order in which they came."""
    return table["__time"].null_count() == table.height


def learnt(
    house: House,
    work: UnitOfWork,
    model: Model,
    signature: Signature,
    known_from: datetime,
    known_until: datetime,
) -> pl.DataFrame:
    """Return the rows whose label became known in [known_from, known_until), as a segment.

    A row without a key is named by its request, so that a corrected label replaces the old one.
    """
    labelled = work.outcomes.labelled(
        model.tenant_id, model.id, known_from=known_from, known_until=known_until
    )
    if not labelled.label:
        return pl.DataFrame()
    logged = logged_rows(house, work, model, min(labelled.made_at), max(labelled.made_at))
    answered = logged.filter(pl.col("lane").is_in(ANSWERED) & (pl.col("status") == "ok"))
    joined = as_frame(labelled).join(answered, on=["request_id", "row"], how="inner")
    request = pl.concat_str(pl.lit("\x1e"), "request_id", pl.lit("\x1f"), "row")
    is_timed = from_dict(model.spec).data.time is not None
    return joined.sort("time", "request_id", "row").select(
        pl.coalesce(pl.col("key").cast(pl.String), request).alias("__key"),
        (pl.col("time") if is_timed else pl.lit(None, TIMES)).alias("__time"),
        pl.max_horizontal("labelled_at", "time").alias("__known_at"),
        pl.col("label").alias("__label"),
        *(_feature(c.name, c.type, joined, FEATURE_PREFIX) for c in signature.features),
    )


def _feature(name: str, kind: ColumnType, table: pl.DataFrame, prefix: str = "") -> pl.Expr:
    dtype = pl.String if kind is ColumnType.CATEGORY else pl.Float64
    if f"{prefix}{name}" not in table.columns:
        return pl.lit(None, dtype).alias(name)
    return pl.col(f"{prefix}{name}").cast(dtype).alias(name)


def logged_features(rows: pl.DataFrame, signature: Signature) -> pl.DataFrame:
    """Return the features of logged answers, under their own names."""
    return rows.select(_feature(c.name, c.type, rows, FEATURE_PREFIX) for c in signature.features)


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


def instants(column: pl.Series) -> Instants:
    """Return a column of times [rows] as numpy's UTC instants."""
    return column.dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")


def with_roles(table: pl.DataFrame, run: Run) -> pl.DataFrame:
    """Add `__role`: train, holdout, or null for rows that this run does not touch.

    A row trains when its label was known before the holdout began (purged by the label delay) and
    its prediction lies in the window; it is held out when it was made within the holdout. Rows
    without a time train in their order, up to the newest ones that the run holds out.
    """
    if untimed(table):
        trained = pl.int_range(pl.len()) < table.height - run.held_out
        role = pl.when(trained).then(pl.lit("train")).otherwise(pl.lit("holdout"))
        return table.with_columns(role.alias("__role"))
    trains = (pl.col("__known_at") < run.train_until) & (pl.col("__time") < run.train_until)
    chosen = in_window(instants(table["__time"]), run.window, run.train_from, run.train_until)
    trains &= pl.lit(pl.Series(chosen))
    held_out = (pl.col("__time") >= run.holdout_from) & (pl.col("__time") < run.holdout_until)
    role = (
        pl.when(trains)
        .then(pl.lit("train"))
        .when(held_out & (pl.col("__known_at") < run.holdout_until))
        .then(pl.lit("holdout"))
    )
    return table.with_columns(role.alias("__role"))
