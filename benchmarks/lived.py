"""A home whose model was trained, judged and deployed by the loop, and `tenure up` on it.

The model has a second approved version, so that one can switch. LightGBM on eighteen numbers.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import polars as pl

from benchmarks.processes import family_of, free_port
from benchmarks.report import check
from benchmarks.rows import BEGIN, FEATURES, rows
from tenure.adapters.frameworks.registry import HOLDOUT, TRAIN, train
from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core.keys import Role
from tenure.core.media import PARQUET
from tenure.core.spec.parse import parse, specs
from tenure.ports.training import TrainTask
from tenure.services import datasets, declare, keys, tenants
from tenure.services.house import House
from tenure.services.parquet import parquet
from tenure.worker.loop import Worker

TENANT, MODEL = "acme", "churn"
PARAMS = {"num_iterations": 100, "num_leaves": 31}
_DAYS = 60
_SPEC = f"""
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
windows = ["all"]
[train.params]
{chr(10).join(f"{name} = {value}" for name, value in PARAMS.items())}
[gate]
holdout = "14d"
mode = "observe"
[retrain]
on = []
"""


@dataclass(frozen=True, slots=True)
class Home:
    """A home that `tenure up` may run. `key` is an admin's of the tenant."""

    root: Path
    key: str


@dataclass(frozen=True, slots=True)
class Up:
    """A running `tenure up`. `pids` are those of its children by what they are."""

    api: str
    serving: str
    grpc: str
    headers: dict[str, str]
    pids: Mapping[str, int]

    def deploy(self, act: str, body: Mapping[str, object]) -> None:
        """Say a word on the model's deployments; the worker then does it."""
        path = f"{self.api}/api/v1/tenants/{TENANT}/models/{MODEL}/deployments{act}"
        answer = httpx.post(path, json={"reason": "bench", **body}, headers=self.headers)
        check(answer.is_success, f"{act} is refused: {answer.text}")


def made(root: Path) -> Home:
    """Let the loop bring a first version live, and put an approved second one beside it."""
    house = open_house(load({"home": root}, {}), "bench")
    tenants.create(house, "bench", TENANT)
    _, key = keys.mint(house, "bench", TENANT, Role.ADMIN, "bench")
    declare.apply(house, "bench", TENANT, specs(parse(_SPEC, "spec"))[0])
    table = rows(5_000, _DAYS)
    datasets.import_dataset(house, "bench", TENANT, MODEL, parquet(table), PARQUET)
    Worker(house).run_until_settled()
    _second(house, table)
    house.trainer.close()
    house.store.close()
    return Home(root, key)


def _second(house: House, table: pl.DataFrame) -> None:
    with house.store.read() as work:
        first = work.versions.get(TENANT, f"{MODEL}/1")
    newest = pl.col("at") >= BEGIN + timedelta(days=_DAYS - 14)
    data = parquet(
        table.select(
            *FEATURES,
            pl.col("y").cast(pl.Float64).alias("__label"),
            pl.when(newest).then(pl.lit(HOLDOUT)).otherwise(pl.lit(TRAIN)).alias("__role"),
        )
    )
    found = train(TrainTask("lightgbm", dict(PARAMS), 2, first.signature, data, 1.0, 1 << 32))
    files = {name: house.blobs.put(content) for name, content in found.files.items()}
    with house.store.work() as work:
        work.versions.add(TENANT, replace(first, number=2, digest="sha256:second", files=files))


@contextmanager
def up(home: Home, workers: int, settings: Mapping[str, str]) -> Iterator[Up]:
    """Run `tenure up` for the length of a block; it has to end with 0."""
    api, serving, grpc = free_port(), free_port(), free_port()
    arguments = ["--home", str(home.root), "-o", "json", "up"]
    arguments += ["--api-port", str(api), "--serving-port", str(serving)]
    arguments += ["--serving-workers", str(workers)]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "TENURE_SERVING_GRPC_PORT": str(grpc),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tenure.cli.main", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout is not None  # noqa: S101  # asked for above
        said = process.stdout.readline()
        check(said and json.loads(said), "tenure up did not start")
        headers = {"Authorization": f"Bearer {home.key}"}
        at = "http://127.0.0.1"
        yield Up(
            f"{at}:{api}", f"{at}:{serving}", f"127.0.0.1:{grpc}", headers, _children(process.pid)
        )
    finally:
        process.terminate()
        process.communicate(timeout=60)
    check(process.returncode == 0, f"tenure up ended with {process.returncode}")


def _children(pid: int) -> dict[str, int]:
    """Return the processes that answer or work, by name; the serving ones are numbered."""
    found: dict[str, int] = {}
    for child in sorted(family_of(pid)):
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        for name in ("serving", "control", "worker"):
            if f"tenure.app.{name}" in words:
                count = sum(key.startswith(name) for key in found)
                found[f"{name}_{count + 1}" if name == "serving" else name] = child
    return found
