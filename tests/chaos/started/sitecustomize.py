"""Arms every process of a `tenure up`, once: `TENURE_TEST_TRAP` is `<signal>:<place>:<mark>`.

Python imports this by itself when its folder is on PYTHONPATH. The first process that passes the
place makes the file `mark` and sends the signal: KILL to the whole `tenure up`, STOP to itself.
"""

import os
import signal


def arm(order: str) -> None:
    """Arm this process."""
    from tenure.services import failpoints

    what, place, mark = order.split(":")

    def trap(passed: str) -> None:
        if passed != place:
            return
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        if what == "KILL":
            os.kill(os.getppid(), signal.SIGKILL)  # the kernel kills its children with it
            signal.pause()
        os.kill(os.getpid(), signal.SIGSTOP)

    failpoints.arm(trap)


if found := os.environ.get("TENURE_TEST_TRAP"):
    arm(found)
