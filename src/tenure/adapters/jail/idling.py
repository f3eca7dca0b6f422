"""Ends hosted models that compute without being asked: their cores belong to others."""

import logging
import os
import threading
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

LOOK_SECONDS = 1.0
_SHARE = 0.05  # of a core between two looks; at low priority, nobody gets much of a busy machine
_STRIKES = 3
_log = logging.getLogger(__name__)


class Watched(Protocol):
    """A process that is asked now and then."""

    pid: int
    calls: int  # that have begun
    answers: int  # that have ended

    @property
    def is_alive(self) -> bool:
        """Whether there is anything to watch."""
        ...

    def end(self) -> None:
        """End the process."""
        ...

    def __hash__(self) -> int: ...


class _Look:
    """What the last look has seen."""

    __slots__ = ("calls", "cpu", "strikes")

    def __init__(self, calls: int, cpu: float) -> None:
        self.calls = calls
        self.cpu = cpu
        self.strikes = 0


class Watch:
    """Looks at every process once a second, in a thread that ends with the last of them."""

    def __init__(self, seconds: float = LOOK_SECONDS) -> None:
        self._seconds = seconds
        self._looks: WeakKeyDictionary[Watched, _Look] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._is_running = False

    def add(self, watched: Watched) -> None:
        """Watch a process from now on."""
        with self._lock:
            self._looks[watched] = _Look(watched.calls, cpu_seconds(watched.pid))
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="tenure-idling", daemon=True).start()

    def _run(self) -> None:
        rest = threading.Event()
        while self._look():
            rest.wait(self._seconds)

    def _look(self) -> bool:
        """Look at all; return whether there are any."""
        with self._lock:
            pairs = [(one, look) for one, look in self._looks.items() if one.is_alive]
            if not pairs:
                self._is_running = False
                return False
        for one, look in pairs:
            self._judge(one, look)
        return True

    def _judge(self, one: Watched, look: _Look) -> None:
        """Count the looks in a row between which it was idle and computed nevertheless."""
        calls, cpu = one.calls, cpu_seconds(one.pid)
        is_idle = calls == look.calls == one.answers
        computed = cpu - look.cpu > _SHARE * self._seconds
        look.strikes = look.strikes + 1 if is_idle and computed else 0
        look.calls, look.cpu = calls, cpu
        if look.strikes >= _STRIKES:
            _log.error("process %d computes without being asked, and is ended", one.pid)
            one.end()


def cpu_seconds(pid: int) -> float:
    """Return what a process has computed so far; 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
