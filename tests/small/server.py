"""What a serving process does, without HTTP: answers by the release in force, and writes the log.

A split endpoint logs as serving does: who is drawn answers, the other one answers in the shadow.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.core.columns import ColumnType
from tenure.core.deployments import ANSWERED, CANARY, CANDIDATE, CHAMPION, INCUMBENT
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.ports.frames import Frame
from tenure.ports.releases import Arm, Release
from tenure.services.house import House


def answer(house: House, tenant: str, model: str, rows: pl.DataFrame, *, status: str = "ok") -> int:
    """Answer every row as a request of its own, in every lane; return how many were asked.

    Request ids are the rows' ids, `at` is their business time.
    """
    digest = house.releases.index().releases[f"{tenant}/{model}"]
    release = house.releases.load(digest)
    if rows.height:
        frames = [
            _frame(house, release, arm, part, status)
            for arm, part in _dealt(release, rows)
            if part.height
        ]
        table = pa.concat_tables(frames)
        house.log_writer().append(Frame(tenant, model, table))
    return rows.height


def _dealt(release: Release, rows: pl.DataFrame) -> list[tuple[Arm, pl.DataFrame]]:
    """Return who answers which rows, each arm under the name that the log gives it."""
    if release.split is None:
        return [(arm, rows) for arm in release.arms]
    names = rows.select(_key(release).alias("key"), "id")
    drawn = pl.Series([release.split.takes_request(name, [key]) for key, name in names.rows()])
    dealt = []
    for arm in release.arms:
        if arm.lane == CHAMPION:
            dealt += [
                (arm, rows.filter(~drawn)),
                (replace(arm, lane=INCUMBENT), rows.filter(drawn)),
            ]
        elif arm.lane == CANDIDATE:
            dealt += [(replace(arm, lane=CANARY), rows.filter(drawn)), (arm, rows.filter(~drawn))]
        else:
            dealt.append((arm, rows))
    return dealt


def _frame(house: House, release: Release, arm: Arm, rows: pl.DataFrame, status: str) -> Any:
    features = [column.name for column in release.signature.features]
    files = {name: house.blobs.get(digest) for name, digest in arm.files.items()}
    predictor = FrameworkRuntimes().load(arm.runtime, files, release.signature)
    outputs = predictor.predict_table(rows.select(features).to_arrow())
    received = pl.lit(house.clock.now(), pl.Datetime("us", "UTC"))
    table = rows.select(
        pl.col("id").alias("request_id"),
        pl.lit(0, pl.Int32).alias("row"),
        pl.lit(arm.lane).alias("lane"),
        pl.lit(arm.version, pl.Int32).alias("version"),
        pl.lit(arm.deployment_id).alias("deployment_id"),
        pl.lit(status).alias("status"),
        pl.col("at").cast(pl.Datetime("us", "UTC")).alias("time"),
        received.alias("received"),
        pl.lit(900, pl.Int32).alias("latency_us"),
        _key(release).alias("key"),
        pl.Series("output", np.asarray(outputs).tolist(), pl.List(pl.Float64)),
        *(_feature(arm, column.name, column.type) for column in release.signature.features),
    )
    return table.to_arrow(compat_level=pl.CompatLevel.oldest())


def _key(release: Release) -> pl.Expr:
    if not release.key_columns:
        return pl.lit(None, pl.String)
    return pl.concat_str([pl.col(name) for name in release.key_columns], separator="\x1f")


def _feature(arm: Arm, name: str, kind: ColumnType) -> pl.Expr:
    dtype = pl.String if kind is ColumnType.CATEGORY else pl.Float64
    value = pl.col(name).cast(dtype) if arm.lane in ANSWERED else pl.lit(None, dtype)
    return value.alias(f"{FEATURE_PREFIX}{name}")
