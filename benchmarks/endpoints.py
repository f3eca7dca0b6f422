"""A home with models that serve, made without a race: trained here, published as control would.

Endpoints of one tenant that take the same twenty numbers: a LightGBM model with no shadow and with
two, scikit-learn's histogram boosting as Tenure adopts it, and a no-op, so that only the work behind
the request differs.
"""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.processes import wait_until
from tenure.adapters.frameworks.foreign.compiling import adopt
from tenure.adapters.frameworks.registry import HOLDOUT, TRAIN, FrameworkRuntimes, train
from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core import digests
from tenure.core.columns import Column, ColumnType
from tenure.core.columns import Role as ColumnRole
from tenure.core.keys import Role
from tenure.core.models import Task
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.core.references import to_bytes
from tenure.core.signatures import Signature
from tenure.core.spec.parse import parse, specs
from tenure.core.versions import Assurance, Version
from tenure.ports.releases import Arm, Release
from tenure.ports.training import Adopted, AdoptTask, Predictor, TrainResult, TrainTask
from tenure.services import collect, declare, keys, tenants
from tenure.services.house import House
from tenure.services.parquet import parquet
from tenure.services.references import LABEL, counted

TENANT = "acme"
LIGHTGBM, HISTOGRAM = "lightgbm", "hgb"
SHADOWS = 2
FEATURES = tuple(f"f{place:02}" for place in range(20))
TREES = {"num_iterations": 100, "num_leaves": 31}  # LightGBM's own defaults
_ROWS = 20_000
_COLUMNS = tuple(Column(name, ColumnType.FLOAT, nulls=False) for name in FEATURES)
SIGNATURE = Signature(Task.BINARY, _COLUMNS, "y", ("0", "1"))
_SPEC = """
spec = 1
[model]
tenant = "acme"
name = "{name}"
task = "binary"
[data]
source = "rows.parquet"
target = "y"
"""


@dataclass(frozen=True, slots=True)
class Published:
    """A home whose releases point to the endpoints, ready to be served."""

    house: House
    home: Path
    key: str
    predictors: Mapping[str, Predictor]  # by endpoint, loaded here
    originals: Mapping[str, bytes]  # by endpoint, what peers load: LightGBM's text, a pickle


def publish(home: Path) -> Published:
    """Make the home: tenant, key, models, and a release for each endpoint."""
    house = open_house(load({"home": home}, {}), "bench")
    tenants.create(house, "bench", TENANT)
    _, key = keys.mint(house, "bench", TENANT, Role.SERVICE, "bench")
    table = _table()
    trees = [_trained("lightgbm", TREES, SIGNATURE, table, seed) for seed in range(1 + SHADOWS)]
    narrow = replace(SIGNATURE, features=_COLUMNS[:1])  # reads one of the twenty it is given
    noop = _trained("linear", {"strength": 1.0}, narrow, table, 0)
    pickled = pickle.dumps(_histogram(table))
    predictors = {}
    endpoints: tuple[tuple[str, Sequence[TrainResult | Adopted]], ...] = (
        (LIGHTGBM, trees[:1]),
        (HISTOGRAM, [_adopted(pickled, table)]),
        ("lightgbm_shadowed", trees),
        ("noop", [noop]),
    )
    for name, versions in endpoints:
        declare.apply(house, "bench", TENANT, specs(parse(_SPEC.format(name=name), "spec"))[0])
        _record(house, name, versions[0], table)
        _release(house, name, versions)
        champion = versions[0]
        loaded = FrameworkRuntimes().load(champion.runtime, champion.files, SIGNATURE)
        predictors[name] = loaded
    originals = {LIGHTGBM: trees[0].files["model.txt"], HISTOGRAM: pickled}
    return Published(house, home, key, predictors, originals)


def settle(house: House) -> None:
    """Return once serving has logged everything that it has answered, shadows too."""
    index = house.releases.index()
    asked = replace(index, generation=index.generation + 1, barrier=index.barrier + 1)
    house.releases.point(asked)
    wait_until(
        lambda: collect.acknowledged_barrier(house) >= asked.barrier, "serving to flush its log"
    )


def _table() -> pl.DataFrame:
    """Return rows whose target follows four of the features; the same every time."""
    random = np.random.default_rng(7)
    values = random.normal(size=(_ROWS, len(FEATURES)))
    score = values[:, 0] + values[:, 1] * values[:, 2] - np.abs(values[:, 3])
    target = random.random(_ROWS) < 1 / (1 + np.exp(-score))
    columns = {name: values[:, place] for place, name in enumerate(FEATURES)}
    return pl.DataFrame({**columns, "y": target.astype(np.float64)})


def _trained(
    recipe: str, params: Mapping[str, float], signature: Signature, table: pl.DataFrame, seed: int
) -> TrainResult:
    newest = pl.int_range(pl.len()) >= _ROWS - 200
    data = parquet(
        table.select(
            *[column.name for column in signature.features],
            pl.col("y").alias("__label"),
            pl.when(newest).then(pl.lit(HOLDOUT)).otherwise(pl.lit(TRAIN)).alias("__role"),
        )
    )
    return train(TrainTask(recipe, dict(params), seed, signature, data, 1.0, 1 << 32))


def _histogram(table: pl.DataFrame) -> HistGradientBoostingClassifier:
    """Return a model of as many trees and leaves as LightGBM's."""
    model = HistGradientBoostingClassifier(
        max_iter=TREES["num_iterations"],
        max_leaf_nodes=TREES["num_leaves"],
        early_stopping=False,
        random_state=7,
    )
    values, labels = table.select(FEATURES).to_numpy(), table["y"].to_numpy()
    return model.fit(values, labels.astype(int).astype(str))


def _adopted(pickled: bytes, table: pl.DataFrame) -> Adopted:
    """Return what Tenure makes of the file; it was made here, so no jail is needed to open it."""
    data = parquet(table.select(*FEATURES, pl.lit(HOLDOUT).alias("__role")).head(2_000))
    return adopt(AdoptTask(pickled, "model.pkl", "", SIGNATURE, data, 5.0, 1 << 32))


def _record(house: House, name: str, champion: TrainResult | Adopted, table: pl.DataFrame) -> None:
    """Record the champion with its reference, so that the worker profiles what it answers."""
    rows = table.select(
        pl.lit(None, pl.Datetime("us", "UTC")).alias("__time"),
        pl.col("y").alias(LABEL),
        *(pl.col(feature).alias(f"{FEATURE_PREFIX}{feature}") for feature in FEATURES),
    )
    holdout = rows.tail(len(champion.holdout))
    answered = holdout.with_columns(pl.Series("prediction", [one[0] for one in champion.holdout]))
    parts = [
        *((column, ColumnRole.FEATURE) for column in _COLUMNS),
        (Column("prediction", ColumnType.FLOAT), ColumnRole.OUTPUT),
        (Column(LABEL, ColumnType.FLOAT), ColumnRole.LABEL),
    ]
    reference = to_bytes(counted(parts, rows.head(-len(champion.holdout)), answered))
    version = Version(
        tenant_id=TENANT,
        model_id=name,
        number=1,
        digest=digests.of_bytes(name.encode()),
        state=Assurance.APPROVED,
        runtime=champion.runtime,
        files={},
        signature=SIGNATURE,
        run_id="",
        study_id="",
        created_at=house.clock.now(),
        reference=house.blobs.put(reference),
    )
    with house.store.work() as work:
        work.versions.add(TENANT, version)


def _release(house: House, name: str, versions: Sequence[TrainResult | Adopted]) -> None:
    lanes = ["champion", "static", "blind"]
    arms = tuple(
        Arm(
            lane,
            number,
            f"dp_{lane}_{name}",
            version.runtime,
            {file: house.blobs.put(data) for file, data in version.files.items()},
        )
        for number, (lane, version) in enumerate(zip(lanes, versions, strict=False), 1)
    )
    release = Release(TENANT, name, SIGNATURE, (), None, "async", arms)
    index = house.releases.index()
    house.releases.point(
        replace(
            index,
            generation=index.generation + 1,
            releases={**index.releases, f"{TENANT}/{name}": house.releases.publish(release)},
        )
    )
