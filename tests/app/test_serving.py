"""The root of a serving process, with the real adapters: from a trained version to an answer."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.framelog.reader import SegmentReader
from tenure.adapters.frameworks.registry import FrameworkRuntimes, train
from tenure.adapters.releases.folder import FolderReleases
from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.releases import Arm, Index, KeyGrant, Release
from tenure.ports.training import TrainTask

KEY = "tnr_some_key"
SIGNATURE = Signature(
    Task.BINARY,
    (Column("gust", ColumnType.FLOAT), Column("origin", ColumnType.CATEGORY, levels=("A", "B"))),
    "late",
    ("no", "yes"),
)


def trained(recipe: str) -> tuple[str, dict[str, bytes]]:
    random = np.random.default_rng(3)
    gust = random.normal(size=400)
    origin = random.choice(["A", "B"], size=400)
    label = (gust + (origin == "A") + random.normal(size=400) > 0).astype(float)
    columns = {"gust": gust, "origin": origin, "__label": label, "__role": ["train"] * 400}
    data = io.BytesIO()
    pl.DataFrame(columns).write_parquet(data)
    result = train(TrainTask(recipe, {}, 7, SIGNATURE, data.getvalue(), 1.0, 1 << 30))
    return result.runtime, result.files


def publish(home: Path) -> dict[str, tuple[str, dict[str, bytes]]]:
    """Publish a linear champion with a shadow of trees; return what each arm was made of."""
    blobs, releases = LocalBlobs(home / "blobs"), FolderReleases(home / "releases")
    made = {"champion": trained("linear"), "trees": trained("lightgbm")}
    arms = tuple(
        Arm(lane, number, f"dp_{lane}", runtime, {n: blobs.put(d) for n, d in files.items()})
        for number, (lane, (runtime, files)) in enumerate(made.items(), start=1)
    )
    digest = releases.publish(Release("DL", "late", SIGNATURE, (), None, "async", arms))
    grant = KeyGrant(sha256(KEY.encode()).hexdigest(), "k_1", "DL")
    releases.point(Index(1, 0, {"DL/late": digest}, (grant,)))
    return made


@pytest.mark.slow
@pytest.mark.parametrize("by", ["flags", "environment"])
def test_a_home_is_served_as_its_settings_say(tmp_path: Path, by: str) -> None:
    made = publish(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags, environment = ["--home", str(tmp_path)], dict(os.environ)
    if by == "flags":
        flags += ["--port", str(port)]
    else:
        environment["TENURE_SERVING_PORT"] = str(port)
    body = {
        "inputs": [
            {"name": "gust", "shape": [2], "datatype": "FP64", "data": [1.5, None]},
            {"name": "origin", "shape": [2], "datatype": "BYTES", "data": ["A", "unseen"]},
        ]
    }
    command = [sys.executable, "-m", "tenure.app.serving", *flags]
    with subprocess.Popen(command, env=environment) as process:
        url = f"http://127.0.0.1:{port}/v2"
        until = time.monotonic() + 60
        while not is_ready(url):
            assert time.monotonic() < until
            time.sleep(0.05)
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = httpx.post(f"{url}/models/late/infer", json=body, headers=headers).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    logged: dict[str, list[list[float]]] = {}
    for row in rows(tmp_path):
        logged.setdefault(row["lane"], []).append(row["output"])
    assert set(logged) == set(made)
    for lane, (runtime, files) in made.items():
        predictor = FrameworkRuntimes().load(runtime, files, SIGNATURE)
        columns: dict[str, list[Any]] = {"gust": [1.5, None], "origin": ["A", "unseen"]}
        assert np.allclose(logged[lane], predictor.predict(columns, 2))
    assert answer["outputs"][0]["data"] == [row[0] for row in logged["champion"]]


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def rows(home: Path) -> list[dict[str, Any]]:
    reader = SegmentReader(home / "log")
    return [
        row
        for segment in reader.segments()
        for frame in reader.read(segment, 0, 1 << 30).frames
        for row in frame.table.to_pylist()
    ]
