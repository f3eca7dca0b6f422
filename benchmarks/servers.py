"""The processes that `serving` asks: Tenure's serving process, the peer, and uvicorn alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.endpoints import Published
from benchmarks.processes import free_port, wait_until
from tenure.app.up import answers

FASTAPI, BARE = "fastapi", "bare"
_UVICORN = ("--loop", "uvloop", "--http", "httptools", "--ws", "none", "--no-access-log")
_LIKE_OURS = ("--log-level", "warning", "--timeout-keep-alive", "75")
_READY = {"tenure": "/v2/health/ready", FASTAPI: "/ready", BARE: "/"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running process, and where to post to. `key` is empty for peers: they ask for none."""

    pid: int
    url: str
    key: str = ""


@contextmanager
def running(published: Published) -> Iterator[dict[str, Server]]:
    """Run all of them; yield who can be asked: Tenure's endpoints by name, and the peers."""
    ports = {name: free_port() for name in _READY}
    model = published.home / "peer-model.txt"
    model.write_bytes(published.model)
    commands = {
        "tenure": ["tenure.app.serving", "--home", str(published.home)],
        FASTAPI: ["uvicorn", "benchmarks.peers.plain_fastapi:app", *_UVICORN, *_LIKE_OURS],
        BARE: ["uvicorn", "benchmarks.peers.bare_asgi:app", *_UVICORN, *_LIKE_OURS],
    }
    env = {**os.environ, "MODEL_FILE": str(model), "OMP_NUM_THREADS": "1"}
    with ExitStack() as stack:
        pids = {}
        for name, command in commands.items():
            arguments = [sys.executable, "-m", *command, "--port", str(ports[name])]
            process = subprocess.Popen(arguments, env=env)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            pids[name] = process.pid
        bases = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        wait_until(
            lambda: all(answers(bases[name], path) for name, path in _READY.items()),
            "every server to be ready",
        )
        infer = {name: f"{bases['tenure']}/v2/models/{name}/infer" for name in published.predictors}
        yield {
            **{name: Server(pids["tenure"], url, published.key) for name, url in infer.items()},
            FASTAPI: Server(pids[FASTAPI], f"{bases[FASTAPI]}/predict"),
            BARE: Server(pids[BARE], f"{bases[BARE]}/"),
        }
