"""The jail's own program behind serving's: a Python model is hosted, and ends with whoever served it."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.frameworks import registry
from tenure.adapters.jail.trainer import JailedTrainer
from tenure.adapters.releases.folder import FolderReleases
from tenure.core.hosting import Hosting
from tenure.ports.releases import Arm, Index, KeyGrant, Release
from tests.adapters.jail.attempts import children, is_alive
from tests.adapters.jail.guests import NUMBERS, files
from tests.conformance import flowers
from tests.serving.small import wait_until

KEY = "tnr_some_key"
CODE = """
import numpy
def predict(columns):
    return numpy.nan_to_num(columns["a"] + columns["b"]) / 2
"""


@pytest.fixture(scope="module")
def trainer() -> Iterator[JailedTrainer]:
    jailed = JailedTrainer()
    yield jailed
    jailed.close()


def publish(home: Path) -> None:
    blobs, releases = LocalBlobs(home / "blobs"), FolderReleases(home / "releases")
    named = {name: blobs.put(data) for name, data in files(CODE).items()}
    arm = Arm("champion", 1, "dp_1", "python", named)
    hosting = Hosting(deadline_ms=20_000)
    release = Release("DL", "mean", NUMBERS, (), None, "async", (arm,), python=hosting)
    grant = KeyGrant(sha256(KEY.encode()).hexdigest(), "k_1", "DL")
    releases.point(Index(1, 0, {"DL/mean": releases.publish(release)}, (grant,)))


@pytest.mark.parametrize("recipe", registry.recipes())
def test_every_recipe_trains_within_the_walls_of_the_jail(
    trainer: JailedTrainer, recipe: str
) -> None:
    assert len(trainer.train(flowers.task(recipe)).holdout) > 0


def test_a_python_model_answers_and_nothing_is_left_when_serving_is_killed(tmp_path: Path) -> None:
    publish(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tenure.app.serving", "--home", str(tmp_path)]
    with subprocess.Popen([*command, "--port", str(port)]) as process:
        try:
            _ask_and_kill(process, port)
        finally:
            process.kill()


def _ask_and_kill(process: "subprocess.Popen[bytes]", port: int) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    url = f"http://127.0.0.1:{port}/v2/models/mean"
    wait_until(lambda: _is_ready(f"{url}/ready", headers), 90)
    tensors: list[Any] = [
        {"name": name, "shape": [2], "datatype": "FP64", "data": data}
        for name, data in (("a", [1.0, 3.0]), ("b", [0.0, 2.0]))
    ]
    answer = httpx.post(f"{url}/infer", json={"inputs": tensors}, headers=headers, timeout=30)
    assert answer.json()["outputs"][0]["data"] == [0.5, 2.5]
    (zygote,) = children(process.pid)
    (host,) = children(zygote)
    process.kill()
    wait_until(lambda: not is_alive(host))
    wait_until(lambda: not is_alive(zygote))


def _is_ready(url: str, headers: dict[str, str]) -> bool:
    try:
        return httpx.get(url, headers=headers, timeout=30).status_code == 200
    except httpx.TransportError:
        return False
