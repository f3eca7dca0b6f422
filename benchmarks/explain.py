"""CPU of explaining one row over HTTP against the native libraries called in memory.

Both explain the same trees: LightGBM's own `pred_contrib` by its Python package, with one thread; and
over HTTP, key checked, row validated and counted, one connection. Contributions are compared first.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import lightgbm
import numpy as np

from benchmarks import endpoints
from benchmarks.contenders import Contender, Rows, v2
from benchmarks.endpoints import FEATURES, HISTOGRAM, LIGHTGBM, Published
from benchmarks.processes import free_port
from benchmarks.report import Bound, Outcome, check
from benchmarks.servers import running
from tenure.adapters.frameworks import booster

GOALS = {"lightgbm_times_native": Bound(at_most=2.0)}
LIBRARIES = ("tenure", "lightgbm", "uvicorn", "uvloop")
_SECONDS = 0.4


def measure(*, quick: bool) -> Outcome:
    """Explain the same rows both ways, in turns."""
    rows: Rows = np.random.default_rng(11).normal(size=(200, len(FEATURES))).tolist()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        published = endpoints.publish(Path(folder) / "home")
        with closing(published.house.store):
            for name in (LIGHTGBM, HISTOGRAM):
                figures |= _compared(published, name, rows, 3 if quick else 9)
    return Outcome("explain", figures, GOALS, {}, LIBRARIES)


def _compared(published: Published, name: str, rows: Rows, turns: int) -> dict[str, float]:
    native = _native(published, name)
    port = free_port()
    path = f"/v2/models/{name}/explain"
    command = [sys.executable, "-m", "tenure.app.serving", "--home", str(published.home)]
    contender = Contender(
        name, [*command, "--port", str(port)], path, path, v2, lambda said: said["outputs"], {}
    )
    key = {"Authorization": f"Bearer {published.key}"}
    costs: list[tuple[float, float]] = []
    with (
        running(contender, port, [rows[0]], key) as server,
        server.client(1, many=False) as client,
    ):
        requests = [client.request(contender.body([row])) for row in rows]
        _check(client.post(requests[:20]).answers, rows, native)
        for _ in range(turns):
            ours = server.cpu_of(client, requests, _SECONDS)[0]
            costs.append((ours, _in_memory(native, rows)))
    return {
        f"{name}_us": median(ours for ours, _ in costs),
        f"{name}_native_us": median(theirs for _, theirs in costs),
        f"{name}_times_native": median(ours / theirs for ours, theirs in costs),
    }


def _native(published: Published, name: str) -> Any:
    """Return the same trees as LightGBM's package loads them."""
    house = published.house
    release = house.releases.load(house.releases.index().releases[f"{endpoints.TENANT}/{name}"])
    files = release.arms[0].files
    return lightgbm.Booster(model_str=house.blobs.get(files[booster.FILE]).decode())


def _check(answers: Sequence[bytes], rows: Rows, native: Any) -> None:
    wanted = native.predict(np.array(rows[: len(answers)]), pred_contrib=True, num_threads=1)
    for answer, row in zip(answers, wanted, strict=True):
        outputs = json.loads(answer)["outputs"]
        found = [*(one["data"][0] for one in outputs[2:]), outputs[0]["data"][0]]
        check(np.allclose(found, row, rtol=1e-9), "other contributions than the library's")


def _in_memory(native: Any, rows: Rows) -> float:
    """Return the CPU µs of one row, asked one by one."""
    singles = [np.array([row]) for row in rows]
    began, count = time.process_time(), 0
    while time.process_time() - began < _SECONDS:
        native.predict(singles[count % len(singles)], pred_contrib=True, num_threads=1)
        count += 1
    return (time.process_time() - began) / count * 1e6
