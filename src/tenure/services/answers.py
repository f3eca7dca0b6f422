"""The answers to one part of a batch: frames for the log, and a table for whoever asked."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from tenure.core.deployments import CANARY, CANDIDATE, CHAMPION, INCUMBENT
from tenure.core.models import Task
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.core.routing import Split
from tenure.ports.releases import Arm, Release
from tenure.ports.tables import Asked

Outputs = NDArray[np.float64]
_Rows = NDArray[np.bool_]
_OK = "ok"


class Answers:
    """What every version said of the rows: `outputs` by version, [rows, width].

    Rows without a request id are named by the batch and their place in it, `first` being that of
    the part's first row. Each row is a request of its own: a canary takes its share of them.
    """

    def __init__(  # one part, and all that names and dates its rows
        self,
        release: Release,
        asked: Asked,
        outputs: dict[int, Outputs],
        now: datetime,
        batch_id: str,
        first: int,
    ) -> None:
        self._release = release
        self._asked = asked
        self._outputs = outputs
        self._now = now
        self._batch_id = batch_id
        self._first = first
        self._arms = {arm.lane: arm for arm in release.arms}

    def frames(self) -> Iterator[Any]:
        """Yield tables of the log, with features where a client was answered."""
        for arm, lane, rows in self._lanes():
            if rows is None or rows.any():
                yield self._frame(arm, lane, rows)

    def result(self) -> pl.DataFrame:
        """Return what was answered: names, keys as they came, outputs and the version."""
        champion, names = self._arms[CHAMPION], self._names
        outputs = self._outputs[champion.version]
        version = np.full(self._asked.rows, champion.version, dtype=np.int32)
        if self._taken is not None:
            canary = self._arms[CANDIDATE].version
            outputs = np.where(self._taken[:, None], self._outputs[canary], outputs)
            version[self._taken] = canary
        keys = [c for c in self._asked.table.columns if c.startswith("key:")]
        return pl.DataFrame(
            [
                *names.get_columns(),
                *(self._asked.table[name].alias(name.removeprefix("key:")) for name in keys),
                *self._said(outputs),
                pl.Series("version", version),
            ]
        )

    def _said(self, outputs: Outputs) -> list[pl.Series]:
        signature = self._release.signature
        if signature.task is Task.REGRESSION:
            return [pl.Series("value", outputs[:, 0])]
        if signature.task is Task.BINARY:
            return [pl.Series("probability", outputs[:, 0])]
        classes = np.asarray(signature.classes, dtype=object)
        label = classes[outputs.argmax(axis=1)] if len(outputs) else classes[:0]
        each = [
            pl.Series(f"probability.{name}", outputs[:, place])
            for place, name in enumerate(signature.classes)
        ]
        return [pl.Series("label", label.tolist(), pl.String), *each]

    @cached_property
    def _names(self) -> pl.DataFrame:
        """Request id and row of each row, the ones that were brought first."""
        brought: pl.DataFrame = self._asked.table
        place = (pl.col("place") + self._first).cast(pl.Int32)
        named = pl.col("request_id").is_not_null()
        return brought.select(
            pl.col("request_id").fill_null(self._batch_id),
            pl.when(named).then(pl.col("row").fill_null(0)).otherwise(place).alias("row"),
        )

    @cached_property
    def _taken(self) -> _Rows | None:
        """Return which rows the canary answers; None without a canary."""
        split = self._release.split
        if split is None or CANDIDATE not in self._arms:
            return None
        names = self._asked.table["key"].fill_null(
            self._names.select(pl.concat_str("request_id", "row", separator="/")).to_series()
        )
        return _taken_by(split, names)

    def _lanes(self) -> Iterator[tuple[Arm, str, _Rows | None]]:
        """Yield what each arm answers, as serving would log it; None stands for every row."""
        taken = self._taken
        for lane, arm in self._arms.items():
            if taken is None or lane not in {CHAMPION, CANDIDATE}:
                yield arm, lane, None
            elif lane == CHAMPION:
                yield arm, CHAMPION, ~taken
                yield arm, INCUMBENT, taken
            else:
                yield arm, CANARY, taken
                yield arm, CANDIDATE, ~taken

    def _frame(self, arm: Arm, lane: str, rows: _Rows | None) -> Any:
        """Return the log's columns, as `core/outcomes.py` names them."""
        names, table = self._names, self._asked.table
        outputs, features = self._outputs[arm.version], self._asked.features
        if rows is not None:
            mask = pl.Series(rows)
            names, table, outputs = names.filter(mask), table.filter(mask), outputs[rows]
            features = features.filter(pa.array(rows))
        same: dict[str, Any] = {
            "lane": pa.scalar(lane, pa.string()),
            "version": pa.scalar(arm.version, pa.int32()),
            "deployment_id": pa.scalar(arm.deployment_id, pa.string()),
            "status": pa.scalar(_OK, pa.string()),
            "received": pa.scalar(self._now, pa.timestamp("us", tz="UTC")),
            "latency_us": pa.scalar(0, pa.int32()),
        }
        said: dict[str, Any] = {}
        for name, value in same.items():
            said[name] = pa.repeat(value, len(outputs))
        columns = {
            "request_id": _arrow(names["request_id"]),
            "row": _arrow(names["row"]),
            "lane": said["lane"],
            "version": said["version"],
            "deployment_id": said["deployment_id"],
            "status": said["status"],
            "time": _arrow(table["time"]),
            "received": said["received"],
            "latency_us": said["latency_us"],
            "key": _arrow(table["key"]),
            "output": _lists(outputs),
        }
        if lane in {CHAMPION, CANARY}:  # whoever answered carries what was asked
            for name in features.column_names:
                columns[f"{FEATURE_PREFIX}{name}"] = _plain(features.column(name))
        return pa.table(columns)


def _taken_by(split: Split, names: pl.Series) -> _Rows:
    """Ask the split for each row: it hashes names one by one, and only while a canary runs."""
    return np.fromiter(map(split.takes, names), dtype=np.bool_, count=len(names))


def _arrow(values: pl.Series) -> Any:
    return _plain(values.to_arrow(compat_level=pl.CompatLevel.oldest()))


def _plain(values: Any) -> Any:
    """Return text as serving logs it."""
    return values.cast(pa.string()) if pa.types.is_large_string(values.type) else values


def _lists(outputs: Outputs) -> Any:
    """Return one list of numbers a row."""
    rows, width = outputs.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    flat = np.ascontiguousarray(outputs).reshape(-1)
    starts: Any = pa.array(offsets)
    values: Any = pa.array(flat)
    return pa.ListArray.from_arrays(starts, values)
