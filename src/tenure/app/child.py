"""Runs a module as a process that dies with its parent, even when that is killed with -9.

`python -m tenure.app.child <parent's pid> <module> <arguments>`: the kernel is asked to send the
signal, so nothing has to watch.
"""

import ctypes
import os
import runpy
import signal
import sys

from tenure.app import heartbeat

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs `module` as this process's child."""
    return [sys.executable, "-m", "tenure.app.child", str(os.getpid()), module, *arguments]


def main() -> None:
    """Tie this process to its parent, then become the module."""
    parent, module, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before the kernel was asked
        sys.exit(1)
    heartbeat.beat()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
