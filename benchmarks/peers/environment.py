"""Environments of peers: built once from a hashed requirement file, inside our own `.venv`.

There git, the linters and the tests that read the tree pass them by, and `make clean` removes them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.report import check

_PEERS = Path(__file__).resolve().parent
_BUILT = Path(sys.prefix) / "peers"


def ready(name: str) -> Path:
    """Return the folder of the peer's programs; the environment is built when it is not there."""
    requirements = _PEERS / f"{name}.txt"
    folder = _BUILT / name
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = folder / ".ready"
    if not stamp.exists() or stamp.read_text() != digest:
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        python = str(folder / "bin" / "python")
        run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)], {})
        hashed = ("--require-hashes", "-r", str(requirements))
        run([uv, "pip", "install", "-q", "--compile-bytecode", "--python", python, *hashed], {})
        stamp.write_text(digest)
    return folder / "bin"


def version(name: str, distribution: str) -> str:
    """Return the version of a distribution in the peer's environment."""
    program = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    command = [str(ready(name) / "python"), "-c", program, distribution]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def run(command: Sequence[str], more: Mapping[str, str]) -> None:
    """Run a program to its end, with more environment than ours."""
    environment = {**os.environ, **more}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    check(done.returncode == 0, f"{' '.join(command[:3])} failed: {done.stderr[-2000:]}")
