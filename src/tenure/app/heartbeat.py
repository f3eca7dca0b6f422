"""A sign of life: a child process beats into a pipe, and its supervisor notices when it stops.

It tells a frozen process (stopped, paused, starved) from a busy one. The supervisor counts only
the time in which it ran itself: a machine that slept, or is overloaded, kills nobody.
"""

import os
import threading
import time

BEAT_SECONDS = 0.5
FROZEN_SECONDS = 5.0
"""Below the lease of a job: who takes over is there when the lease ends."""
_VARIABLE = "TENURE_HEARTBEAT"
_LONGEST_TICK_SECONDS = 0.25


class Pulse:
    """The supervisor's end. A child that has never beaten is not missed."""

    def __init__(self) -> None:
        self._reader, self.file = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self.file, False)
        self._was_heard = False
        self._silent = 0.0

    @property
    def environment(self) -> dict[str, str]:
        """What tells a child where to beat; `file` has to be passed on to it."""
        return {_VARIABLE: str(self.file)}

    def handed_over(self) -> None:
        """Forget the child's end, once it is the child's."""
        os.close(self.file)

    def silent_seconds(self, passed: float) -> float:
        """Listen; return for how long nothing was heard. `passed`: seconds since the last look."""
        try:
            heard = os.read(self._reader, 4096)
        except BlockingIOError:
            heard = b""
        if heard:
            self._was_heard, self._silent = True, 0.0
        elif self._was_heard:
            self._silent += min(passed, _LONGEST_TICK_SECONDS)
        return self._silent

    def close(self) -> None:
        os.close(self._reader)


def beat() -> None:
    """Beat from now on, when a supervisor listens; processes of our own do not inherit it."""
    given = os.environ.pop(_VARIABLE, "")
    if given:
        os.set_inheritable(int(given), False)
        threading.Thread(target=_go_on, args=(int(given),), name="heartbeat", daemon=True).start()


def _go_on(file: int) -> None:
    while True:
        try:
            os.write(file, b".")
        except BlockingIOError:  # nobody has listened for a long time
            pass
        except OSError:
            return
        time.sleep(BEAT_SECONDS)
