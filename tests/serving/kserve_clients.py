"""KServe's own clients, REST and gRPC, unchanged. `make clients` builds their environment first."""

import json
import subprocess
from pathlib import Path

from benchmarks.peers import environment
from tests.serving.conftest import Served
from tests.serving.small import KEYS, expected

PROGRAM = Path(__file__).with_name("kserve_program.py")


def test_kserves_clients_get_their_answers(shared: Served) -> None:
    python = str(environment.ready("kserve") / "python")
    done = subprocess.run(
        [python, str(PROGRAM), shared.url, shared.grpc, KEYS["DL"]],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rows = [[0.1, 0.2, 0.3, 0.4], [1.0, 2.0, 3.0, 4.0]]
    numbers = [expected(row, shift=1) for row in rows]
    well = {
        "live": True,
        "ready": True,
        "model": True,
        "json": numbers,
        "binary": numbers,
        "id": "k1",
    }
    assert json.loads(done.stdout.splitlines()[-1]) == {"rest": well, "grpc": well}
