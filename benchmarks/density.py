"""Ten thousand models in one process: half 90 kB of LightGBM, half folded linear, Zipf(1.1), HTTP.

Every first request of a model is cold: its release is read, its files are verified, loaded and
warmed before it is answered. One connection asks at a time, so that what is measured is the server
and not a queue; answers are checked against the model that was asked.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.processes import cpu_of, free_port
from benchmarks.report import Bound, Outcome, check
from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.frameworks import lightgbm, linear
from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.adapters.releases.folder import FolderReleases
from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.releases import Arm, Index, KeyGrant, Release

FEATURES = 20
BUDGET = 2 << 30
KEY = "tnr_density"
TENANTS = 100
GOALS = {
    "ready_s": Bound(at_most=3.0),
    "warm_p99_ms": Bound(at_most=5.0),
    "cold_p99_ms": Bound(at_most=10.0),
    "rss_over_budget": Bound(at_most=1.2),
}
LIBRARIES = ("tenure", "lightgbm", "uvicorn", "uvloop", "msgspec")
SIGNATURE = Signature(
    Task.BINARY,
    tuple(Column(f"x{i}", ColumnType.FLOAT, nulls=False) for i in range(FEATURES)),
    "y",
    ("no", "yes"),
)
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Trained:
    """One of the two kinds of model: its files, and what it answers to the benchmark's row."""

    runtime: str
    files: dict[str, bytes]
    answer: float


@dataclass(frozen=True, slots=True)
class Load:
    """How many models there are, and how many requests come."""

    models: int
    requests: int


@dataclass(slots=True)
class Requests:
    """Milliseconds of each request, and the server's CPU seconds for all of them."""

    times: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def share(self, percent: float) -> float:
        return float(np.percentile(self.times, percent))


def measure(*, quick: bool) -> Outcome:
    """Serve many models, ask them as clients do, and weigh the process."""
    count, asked = (1_000, 6_000) if quick else (10_000, 60_000)
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        home = Path(folder)
        row = np.random.default_rng(3).normal(size=FEATURES).round(3).tolist()
        kinds = _kinds(row)
        began = time.perf_counter()
        _publish(home, kinds, count)
        published = time.perf_counter() - began
        with _serving(home) as (pid, port, ready):
            empty, started = _rss(pid), cpu_of(pid)
            cold, warm = _ask(pid, port, kinds, row, Load(count, asked))
            figures = {
                "models": count,
                "requests": asked,
                "publish_s": published,
                "ready_s": ready,
                "ready_cpu_s": started,
                "cold_p50_ms": cold.share(50),
                "cold_p99_ms": cold.share(99),
                "cold_cpu_ms": 1e3 * cold.cpu / len(cold.times),
                "warm_p50_ms": warm.share(50),
                "warm_p99_ms": warm.share(99),
                "warm_cpu_us": 1e6 * warm.cpu / len(warm.times),
                "models_touched": len(cold.times),
                "rss_empty_mib": empty / 2**20,
                "rss_mib": _rss(pid) / 2**20,
                "rss_over_budget": _rss(pid) / BUDGET,
                "kib_per_model": (_rss(pid) - empty) / 1024 / len(cold.times),
            }
    return Outcome("density", figures, GOALS, versions=LIBRARIES)


def _kinds(row: list[float]) -> list[Trained]:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(4_000, FEATURES))
    labels = (values @ rng.normal(size=FEATURES) + rng.normal(size=4_000) > 0).astype(float)
    columns = {f"x{i}": values[:, i] for i in range(FEATURES)}
    table = pa.table({**columns, "__label": labels})
    params: dict[str, object] = {"num_iterations": 50, "num_leaves": 15}
    made = []
    for name, files in (
        ("lightgbm", lightgbm.train(table, SIGNATURE, params, 7)),
        ("linear", linear.train(table, SIGNATURE, {}, 7)),
    ):
        predictor = FrameworkRuntimes().load(name, files, SIGNATURE)
        given: dict[str, list[Any]] = {f"x{i}": [value] for i, value in enumerate(row)}
        made.append(Trained(name, files, predictor.predict(given, 1)[0][0]))
    return made


def _publish(home: Path, kinds: list[Trained], count: int) -> None:
    """Write what control would write: blobs, a release for each model, one index."""
    blobs, releases = LocalBlobs(home / "blobs"), FolderReleases(home / "releases")
    files = [{name: blobs.put(data) for name, data in one.files.items()} for one in kinds]
    named = {}
    for number in range(count):
        tenant, model, kind = f"T{number % TENANTS}", f"model-{number}", number % len(kinds)
        arm = Arm("champion", 1, f"dp_{number}", kinds[kind].runtime, files[kind])
        release = Release(tenant, model, SIGNATURE, (), None, "async", (arm,))
        named[f"{tenant}/{model}"] = releases.publish(release)
    grant = KeyGrant(sha256(KEY.encode()).hexdigest(), "k_bench", "_")
    releases.point(Index(1, 0, named, (grant,)))


@contextmanager
def _serving(home: Path) -> Iterator[tuple[int, int, float]]:
    """Start a serving process; yield its pid, its port and the seconds until it was ready."""
    port = free_port()
    command = [sys.executable, "-m", "tenure.app.serving", "--home", str(home)]
    environment = {**os.environ, "TENURE_SERVING_MEMORY": f"{BUDGET >> 30}GiB"}
    began = time.perf_counter()
    with subprocess.Popen([*command, "--port", str(port)], env=environment) as process:
        try:
            while not _is_ready(port):
                check(time.perf_counter() - began < _READY_SECONDS, "serving did not become ready")
                time.sleep(0.01)
            yield process.pid, port, time.perf_counter() - began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _is_ready(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/v2/health/ready")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def _ask(
    pid: int, port: int, kinds: list[Trained], row: list[float], load: Load
) -> tuple[Requests, Requests]:
    """Return what first requests took, and all others."""
    count = load.models
    rng = np.random.default_rng(2)
    weights = 1.0 / np.arange(1, count + 1) ** 1.1
    ranks = rng.choice(count, size=load.requests, p=weights / weights.sum())
    places = rng.permutation(count)  # the popular ones are of both kinds and of all tenants
    inputs = [
        {"name": f"x{i}", "shape": [1], "datatype": "FP64", "data": [value]}
        for i, value in enumerate(row)
    ]
    body = json.dumps({"inputs": inputs}).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    seen: set[int] = set()
    kept = (Requests(), Requests())
    for number in places[ranks].tolist():
        path = f"/t/T{number % TENANTS}/v2/models/model-{number}/infer"
        cpu, began = cpu_of(pid), time.perf_counter()
        line.request("POST", path, body, headers)
        response = line.getresponse()
        content = response.read()
        mine = kept[number in seen]
        mine.times.append(1e3 * (time.perf_counter() - began))
        mine.cpu += cpu_of(pid) - cpu
        check(response.status == 200, content.decode())
        found = json.loads(content)["outputs"][0]["data"][0]
        check(abs(found - kinds[number % len(kinds)].answer) < 1e-9, f"{path}: {found}")
        seen.add(number)
    return kept


def _rss(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
