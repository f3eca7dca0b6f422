"""Sends tricks into the jail, and looks at processes from outside."""

import sys
from pathlib import Path
from typing import Any

from tenure.adapters.jail.trainer import JailedTrainer
from tenure.ports.training import TrainTask
from tests.conformance import flowers

PROGRAM = (sys.executable, "-P", str(Path(__file__).with_name("tricks.py")))


def task(
    trick: str, *, minutes: float = 1.0, memory_bytes: int = 1 << 30, **params: object
) -> TrainTask:
    return TrainTask(trick, params, 1, flowers.signature(), b"", minutes, memory_bytes)


def attempt(trainer: JailedTrainer, trick: str, **params: Any) -> str:
    """Return what came of a trick."""
    return trainer.train(task(trick, **params)).code_digest


def children(pid: int) -> list[int]:
    """Return the living processes that `pid` started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text("utf-8").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        stat = (Path("/proc") / str(pid) / "stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
