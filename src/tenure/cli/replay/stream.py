"""A recorded stream: rows with the instant of their prediction and the instant of their truth.

It is cut along business time: what is known before the beginning trains, what comes later is
predicted and labelled when its time has come. Values stay as they were written.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenure.adapters.tables.inference import no_key
from tenure.adapters.tables.reading import read
from tenure.adapters.tables.times import WRITTEN, as_instants, unreadable
from tenure.core.errors import invalid, not_found
from tenure.core.media import CSV, rows_media
from tenure.core.spec.values import Spec

Instants = NDArray[np.int64]
"""Microseconds since 1970, one per row."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
AT, KNOWN, ROW = "__at", "__known", "__row"
_OWN = (AT, KNOWN, ROW)


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows in order of prediction, with `__at`, `__known` and `__row` (place in the file).

    `__known` is null where the truth never comes. `left_out` counts rows without a time and rows
    that were torn.
    """

    spec: Spec
    rows: pl.DataFrame
    media: str
    left_out: int

    @property
    def first(self) -> datetime:
        """The instant of the first prediction."""
        return self._bound("min")

    @property
    def last(self) -> datetime:
        """The instant of the last prediction or truth."""
        latest, known = self._bound("max"), self.rows[KNOWN].max()
        return max(latest, known) if isinstance(known, datetime) else latest

    def training(self, before: datetime) -> bytes:
        """Return the rows whose truth is known before the instant, as the stream's own format."""
        known = self.rows.filter((pl.col(AT) < before) & (pl.col(KNOWN) < before)).drop(_OWN)
        out = BytesIO()
        if self.media == CSV:
            known.write_csv(out)
        else:
            known.write_parquet(out, compression="zstd")
        return out.getvalue()

    def learnt(self, beginning: datetime) -> pl.DataFrame:
        """Return the rows predicted since the beginning whose truth comes, in its order."""
        mine = (pl.col(AT) >= beginning) & pl.col(KNOWN).is_not_null()
        return self.rows.filter(mine).sort(KNOWN, ROW)

    def _bound(self, which: str) -> datetime:
        found = getattr(self.rows[AT], which)()
        if not isinstance(found, datetime):
            raise invalid("replay.no_rows", "the stream has no row with a time")
        return found


def instants_of(column: pl.Series) -> Instants:
    """Return instants as whole microseconds since 1970."""
    return column.dt.epoch("us").to_numpy()


def places(instants: Instants, since: datetime, until: datetime) -> tuple[int, int]:
    """Return where, [first, last), the instants lie in [since, until); they are in order."""
    ends = [(at - _EPOCH) // _MICROSECOND for at in (since, until)]
    first, last = np.searchsorted(instants, np.asarray(ends, dtype=np.int64))
    return int(first), int(last)


def load(path: Path, spec: Spec) -> Stream:
    """Read the file of a stream; raise `replay.…` or `dataset.…` with what is missing."""
    time = spec.data.time
    if time is None:
        raise invalid(
            "replay.no_time",
            "a replay follows the time of each row",
            where="[data]",
            hint='name the column: time = "predicted_at"; rows without one are for tenure apply',
        )
    media = rows_media(str(path))
    try:
        raw = read(path.read_bytes(), media, "dataset")
    except OSError as error:
        raise not_found(
            "data.not_found", f"the rows cannot be read: {error.strerror}", where=str(path)
        ) from error
    _check_columns(raw.table, spec, path)
    at = as_instants(raw.table[time]).alias(AT)
    rows = raw.table.with_columns(at, pl.Series(ROW, raw.numbers), _known(raw.table, at, spec))
    timed = rows.filter(pl.col(AT).is_not_null()).sort(AT, ROW)
    if timed.is_empty() and (example := unreadable(raw.table[time])):
        raise invalid(
            "replay.no_times",
            f"no value of {time!r} is a time, such as {example!r}",
            where=str(path),
            hint=WRITTEN,
        )
    if spec.joins_by_key and (words := no_key(timed, spec.data.key)):
        raise invalid(
            "replay.no_key",
            words,
            where=str(path),
            hint="[data] key names one row: add a column that tells them apart, or leave it out",
        )
    torn = sum(count for count, _ in raw.quarantined.values())
    return Stream(spec, timed, media, rows.height - timed.height + torn)


def _known(table: pl.DataFrame, at: pl.Series, spec: Spec) -> pl.Series:
    """Return when each truth comes: its own event time, else `expected_after` the prediction."""
    known = at + spec.labels.expected_after
    if spec.labels.event_time is not None:
        own = as_instants(table[spec.labels.event_time])
        known = own.zip_with(own.is_not_null(), known)
    never = pl.Series([None], dtype=known.dtype)
    return known.zip_with(table[spec.data.target].is_not_null(), never).alias(KNOWN)


def _check_columns(table: pl.DataFrame, spec: Spec, path: Path) -> None:
    wanted = [spec.data.time, spec.data.target, *spec.data.key, spec.labels.event_time]
    missing = [name for name in wanted if name is not None and name not in table.columns]
    if missing:
        raise invalid(
            "dataset.missing_column",
            f"there is no column {missing[0]!r}",
            where=str(path),
            hint=f"columns: {', '.join(table.columns)}",
        )
