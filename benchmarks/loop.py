"""What a retrain costs: a whole race in the house against a bare script that fits the same models.

A race is: snapshot of what the log has learnt, three trainings in the jail, the champion scored,
judged, decided, registered, deployed. The script reads the same rows, fits the same three models,
scores them and the champion on the same holdout, and writes the best one to a file. CPU seconds
of everything, the jail's processes too; both are warm, the least of several races counts.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from benchmarks.processes import cpu_here
from benchmarks.report import Bound, Outcome, check
from benchmarks.rows import BEGIN, FEATURES, rows
from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core.deployments import DeploymentState
from tenure.core.media import PARQUET
from tenure.core.spec.parse import parse, specs
from tenure.core.versions import Version
from tenure.services import clock, datasets, declare, join, log, tenants
from tenure.services.house import House
from tenure.services.parquet import parquet
from tenure.worker.loop import Worker

SIZES = (10_000, 50_000)
TENANT, MODEL, ME = "acme", "churn", "bench"
LIVE = datetime(2024, 5, 4, tzinfo=UTC)
"""What came before is imported; what comes after is predicted, logged and labelled."""
RACES = tuple(datetime(2024, 6, day, 3, tzinfo=UTC) for day in (1, 2, 3))
DAYS = (RACES[-1] - BEGIN).days + 1
MINUTE = timedelta(minutes=1)
HOLDOUT = timedelta(days=14)
WINDOWS = (timedelta(days=60), timedelta(days=120), RACES[-1] - BEGIN)
PARAMS = {
    "num_iterations": 120,
    "num_leaves": 15,
    "learning_rate": 0.04,
    "max_bin": 127,
    "min_data_in_leaf": 50,
    "lambda_l2": 20.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}
SEED = 7
SETTINGS = "\nend of trees"
FIXED = {
    "objective": "binary",
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
    "seed": SEED,
}
SPEC = f"""
spec = 1
[model]
tenant = "{TENANT}"
name = "{MODEL}"
task = "binary"
[data]
source = "rows.parquet"
target = "y"
time = "at"
key = ["id"]
[labels]
event_time = "known"
final_after = "1d"
[train]
windows = ["60d", "120d", "all"]
seed = {SEED}
refit = false  # the script fits no more either
[train.params]
{chr(10).join(f"{name} = {value}" for name, value in PARAMS.items())}
[gate]
holdout = "14d"
mode = "observe"  # so that every race ends with a deployment
[retrain]
schedule = {{ cron = "0 3 1-3 6 *" }}
cool_down = "1h"
"""
GOALS = {
    "house_minus_script_s_10k": Bound(at_most=2.0),
    "house_over_script_50k": Bound(at_most=3.0),
}
AIMS = {"house_over_script_50k": Bound(at_most=1.5)}
LIBRARIES = ("tenure", "lightgbm", "polars", "pyarrow", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Best:
    """What the bare script found."""

    loss: float
    champion_loss: float
    trees: str


def measure(*, quick: bool) -> Outcome:
    """Race and fit in turns, comparing what came out each time."""
    figures: dict[str, float] = {}
    for size in SIZES:
        pairs = _pairs(size, RACES[:2] if quick else RACES)
        house, script = (min(pair[side] for pair in pairs) for side in (0, 1))
        name = f"{size // 1000}k"
        figures[f"house_cpu_s_{name}"] = house
        figures[f"script_cpu_s_{name}"] = script
        figures[f"house_minus_script_s_{name}"] = house - script
        figures[f"house_over_script_{name}"] = house / script
    return Outcome("loop", figures, GOALS, AIMS, LIBRARIES)


def _pairs(size: int, races: tuple[datetime, ...]) -> list[tuple[float, float]]:
    """Return CPU seconds of the house and of the script, per race."""
    table = rows(size, DAYS).filter((pl.col("at") >= LIVE) | (pl.col("known") < LIVE))
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder, _opened(folder) as house:
        _onboard(house, table)
        pairs, since = [], LIVE
        for at in races:
            until = at - MINUTE
            _live(house, table, since, until)
            champion = _newest(house)
            since, file = until, Path(folder) / "rows.parquet"
            table.filter(pl.col("known") < until).write_parquet(file)
            raced = _race(house, at)
            began = time.process_time()
            best = _script(file, at, _trees(house, champion), Path(folder) / "model.txt")
            pairs.append((raced, time.process_time() - began))
            _compare(house, champion, best)
    return pairs


@contextmanager
def _opened(folder: str) -> Iterator[House]:
    house = open_house(load({"home": str(Path(folder) / "home")}, {}), ME)
    try:
        yield house
    finally:
        house.trainer.close()
        house.store.close()


def _onboard(house: House, table: pl.DataFrame) -> None:
    """Bring the model live with what was known by then; this also warms the jail."""
    tenants.create(house, ME, TENANT)
    clock.advance(house, ME, TENANT, LIVE)
    declare.apply(house, ME, TENANT, specs(parse(SPEC, "tenure.toml"))[0])
    known = parquet(table.filter(pl.col("known") < LIVE))
    datasets.import_dataset(house, ME, TENANT, MODEL, known, PARQUET)
    Worker(house).run_until_settled()


def _live(house: House, table: pl.DataFrame, since: datetime, until: datetime) -> None:
    """Log what is asked in this span, label what becomes known in it, and settle."""
    clock.advance(house, ME, TENANT, until)
    made = table.filter(pl.col("at").is_between(since, until, "left"), pl.col("at") >= LIVE)
    answers = made.drop("y", "known").with_columns(
        pl.col("id").alias("request_id"), probability=pl.lit(0.5), version=pl.lit(1)
    )
    log.receive(house, TENANT, MODEL, parquet(answers), PARQUET)
    known = table.filter(pl.col("known").is_between(since, until, "left"), pl.col("at") >= LIVE)
    join.receive(house, TENANT, MODEL, parquet(known.select("id", "y", "known")), PARQUET)
    Worker(house).run_until_settled()


def _race(house: House, at: datetime) -> float:
    """Let the schedule's instant come; return the CPU seconds until everything is deployed."""
    before = cpu_here()
    clock.advance(house, ME, TENANT, at)
    Worker(house).run_until_settled()
    return cpu_here() - before


def _compare(house: House, champion: Version, best: Best) -> None:
    """Check that both did the same work: the same trees, judged alike on the same rows."""
    version = _newest(house)
    with house.store.read() as work:
        found = work.evidence.list(TENANT, model_id=MODEL, version=version.number)
        live = work.deployments.list(TENANT, model_id=MODEL, state=DeploymentState.LIVE)
    (facts,) = (item.facts for item in found if item.kind == "comparison")
    check(version.number > champion.number, "no race was run")
    check([one.version for one in live] == [version.number], "the new version is not live")
    check(_trees(house, version) == best.trees, "the house and the script fitted different trees")
    for name, loss in (("candidate_loss", best.loss), ("champion_loss", best.champion_loss)):
        said = facts[name]
        check(isinstance(said, float) and abs(said - loss) < 1e-9, f"{name}: {said} or {loss}?")


def _newest(house: House) -> Version:
    with house.store.read() as work:
        return work.versions.list(TENANT, model_id=MODEL)[-1]


def _trees(house: House, version: Version) -> str:
    """Return the trees of a version as LightGBM writes them, without the settings that follow."""
    return house.blobs.get(version.files["model.txt"]).decode().partition(SETTINGS)[0]


def _script(file: Path, at: datetime, champion: str, out: Path) -> Best:
    """Do by hand what a race does, as far as models go."""
    table = pl.read_parquet(file).sort("at", "id")
    begins = at - HOLDOUT
    holdout = table.filter((pl.col("at") >= begins) & (pl.col("known") < at))
    tested, truth = holdout.select(FEATURES).to_numpy(), holdout["y"].to_numpy()
    found: list[tuple[float, Any]] = []
    for length in WINDOWS:
        trained = table.filter((pl.col("known") < begins) & (pl.col("at") >= begins - length))
        matrix, labels = trained.select(FEATURES).to_numpy(), trained["y"].to_numpy()
        data = lightgbm.Dataset(matrix, labels, params={"max_bin": PARAMS["max_bin"], **FIXED})
        model = lightgbm.train({**PARAMS, **FIXED}, data)
        found.append((_log_loss(model.predict(tested, num_threads=1), truth), model))
    loss, model = min(found, key=itemgetter(0))
    text = model.model_to_string()
    out.write_text(text)
    theirs = lightgbm.Booster(model_str=champion + SETTINGS).predict(tested, num_threads=1)
    return Best(loss, _log_loss(theirs, truth), text.partition(SETTINGS)[0])


def _log_loss(said: Any, truth: Any) -> float:
    return float(-np.log(np.where(truth == 1, said, 1 - said)).mean())
