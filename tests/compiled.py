"""An environment for child processes in which Python may keep what it has compiled.

Half of a process's start is compiling; where the environment forbids to write beside the sources,
a folder of our own is used.
"""

import os
import tempfile
from pathlib import Path


def compiled() -> dict[str, str]:
    folder = Path(tempfile.gettempdir()) / f"tenure-tests-pycache-{os.getuid()}"
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment
