"""What trainings of this process are done on and with: seen by the worker, whom its code believes."""

import importlib.metadata
import os
import platform
from functools import cache
from pathlib import Path

from tenure.core import digests
from tenure.core.reproduction import Surroundings

_TRAIN = ("numpy", "scipy", "scikit-learn", "lightgbm", "xgboost", "catboost", "pandas", "pyarrow")


@cache
def look() -> Surroundings:
    """Return this machine and what is installed. Looked at once: neither changes in a process."""
    installed = {
        name.lower(): one.version
        for one in importlib.metadata.distributions()
        if (name := one.metadata["Name"])
    }
    return Surroundings(
        cpu=_cpu(Path("/proc/cpuinfo")),
        cores=_cores(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        libraries={name: installed[name] for name in _TRAIN if name in installed},
        lock=digests.of_value({"python": platform.python_version(), "installed": installed}),
    )


def _cpu(file: Path) -> str:
    """Return the processor's name as the kernel tells it, else as the platform does."""
    try:
        lines = file.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
