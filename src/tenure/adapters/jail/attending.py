"""The worker's side of one process in the jail: hears it, looks at its log, and ends it in time."""

import os
import select
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from tenure.adapters.jail.hearing import Hearing
from tenure.adapters.jail.zygote import STATUS
from tenure.core.errors import Kind, TenureError
from tenure.core.told import MOST_LOG_BYTES, Told, readable
from tenure.ports.training import Seen, Watch

LOOK_SECONDS = 1.0
"""How often whoever watches is told, and asked whether the training is still wanted."""
_GRACE_SECONDS = 5.0  # for the zygote to tell that a killed process is gone
_AT_ONCE = 1 << 20


@dataclass(slots=True)
class Attendance:
    """What is held of a process that runs. `wire` and `hearing` where it talks while it does."""

    status: socket.socket
    log: IO[bytes]
    told: Told
    wire: socket.socket | None = None
    hearing: Hearing | None = None
    watch: Watch | None = None

    def until_ended(self, seconds: float) -> int | None:
        """Return how the process ended; past the deadline it is killed. None: the zygote died.

        Raises what `Hearing` does, and `run.cancelled` when whoever watches wants no more of it.
        """
        try:
            ended = self._attend(time.monotonic() + seconds)
        except TenureError:
            self._kill()
            self._show_last()
            raise
        if ended is not None:
            self._show_last()
        return ended

    def seen(self) -> Seen:
        """Return what the process has told and printed so far."""
        return Seen(self.told, tail(self.log))

    def _attend(self, until: float) -> int | None:
        look_at = time.monotonic() + LOOK_SECONDS
        poll = select.poll()
        poll.register(self.status, select.POLLIN)
        if self.wire is not None:
            poll.register(self.wire, select.POLLIN)
        while True:
            now = time.monotonic()
            if now >= until:
                self._kill()
                self._hear_out()
                return -signal.SIGXCPU
            wake = min(until, look_at) if self.watch else until
            ready = {descriptor for descriptor, _ in poll.poll(1000 * max(0.001, wake - now))}
            if self.wire is not None and self.wire.fileno() in ready and not self._hear():
                poll.unregister(self.wire)
                self.wire = None
            if self.status.fileno() in ready:
                ended = self._told()
                self._hear_out()
                return ended
            if self.watch is not None and time.monotonic() >= look_at:
                look_at = time.monotonic() + LOOK_SECONDS
                self._show(self.watch)

    def _show(self, watch: Watch) -> None:
        if not watch(self.seen()):
            raise TenureError(Kind.FAILED, "run.cancelled", "somebody has ended it")

    def _show_last(self) -> None:
        """Show how it was in the end; it is too late to want no more of it."""
        if self.watch is not None:
            self.watch(self.seen())

    def _hear(self) -> bool:
        """Take in what has come; return whether more may."""
        if self.wire is None or self.hearing is None:
            return False
        try:
            data = self.wire.recv(_AT_ONCE)
        except ConnectionError:
            return False
        self.hearing.take(data)
        return bool(data)

    def _hear_out(self) -> None:
        """Take in what the process said before it ended: nobody holds the other end any more."""
        if self.wire is not None:
            self.wire.settimeout(_GRACE_SECONDS)
            with suppress(TimeoutError):
                while self._hear():
                    pass

    def _told(self) -> int | None:
        try:
            told = self.status.recv(STATUS.size)
        except ConnectionError:
            return None
        return int(STATUS.unpack(told)[0]) if len(told) == STATUS.size else None

    def _kill(self) -> None:
        """Have the process killed, and wait until it is gone, so that its log is complete."""
        with suppress(OSError):
            self.status.shutdown(socket.SHUT_WR)  # the zygote sees it and kills
        self.status.settimeout(_GRACE_SECONDS)
        with suppress(TimeoutError, ConnectionError):
            self.status.recv(STATUS.size)


def tail(log: IO[bytes]) -> str:
    """Return the end of what was printed. The process writes on at its own place meanwhile."""
    size = os.fstat(log.fileno()).st_size
    begin = max(0, size - MOST_LOG_BYTES)
    return readable(os.pread(log.fileno(), MOST_LOG_BYTES, begin).decode(errors="replace"))
