"""Named places where a test may kill or freeze the process. They cost one look at an empty list.

`TENURE_FAILPOINT=collect.before_commit` (or `name:3` for its third passing, `*:40` for the fortieth
of any) ends the process there as `kill -9` would. `tests/chaos` walks all of them.
"""

import os
import signal
import threading
from collections.abc import Callable

Trap = Callable[[str], None]
_traps: list[Trap] = []


def failpoint(name: str) -> None:
    """Say that this place is passed."""
    for trap in _traps:
        trap(name)


def arm(trap: Trap) -> None:
    """Call `trap` with the name of every place that this process passes from now on."""
    _traps.append(trap)


def disarm(trap: Trap) -> None:
    """Leave `trap` alone from now on."""
    _traps.remove(trap)


def signalling(where: str, number: int) -> Trap:
    """Return a trap that sends this process a signal at `name`, `name:<passing>` or `*:<passing>`."""
    name, _, passing = where.partition(":")
    left = int(passing or "1")
    alone = threading.Lock()

    def trap(passed: str) -> None:
        nonlocal left
        if name in {passed, "*"}:
            with alone:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), number)

    return trap


if where := os.environ.get("TENURE_FAILPOINT"):
    arm(signalling(where, signal.SIGKILL))
